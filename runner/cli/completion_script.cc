// `completion`: the shells' scripts. Each asks `cellar __complete` for lines of a word and, behind
// a tab, what it is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"

namespace cellar {
namespace {

// Of words with a colon bash replaces what stands behind it alone (COMP_WORDBREAKS).
constexpr char kBash[] =
    R"sh(# bash completion for cellar: source this, or put it into a folder of bash-completion.
_cellar() {
  local line=${COMP_LINE:0:COMP_POINT} words current
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  mapfile -t COMPREPLY < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null | cut -f1)
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${current%:*}:"}")
  fi
}
complete -o bashdefault -o default -F _cellar cellar
)sh";

constexpr char kZsh[] = R"sh(#compdef cellar
# zsh completion for cellar: put this into a folder of $fpath as _cellar, or source it.
_cellar() {
  local -a lines words_only shown
  lines=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z ${lines[1]} ]]; then
    _files
    return
  fi
  words_only=("${(@)lines%%$'\t'*}")
  shown=("${(@)${(@)lines/%$'\t'/}/$'\t'/  -- }")
  compadd -l -d shown -- "${(@)words_only}"
}
# As a file of $fpath this is the function's first call; sourced, it only makes it known.
if [[ ${funcstack[1]} == _cellar ]]; then
  _cellar "$@"
else
  compdef _cellar cellar
fi
)sh";

constexpr char kFish[] =
    R"sh(# fish completion for cellar: put this into ~/.config/fish/completions/cellar.fish
function __cellar_complete
    set -l words (commandline -opc)
    set -l offered (command $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if set -q offered[1]
        printf '%s\n' $offered
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c cellar -f -a '(__cellar_complete)'
)sh";

int Completion(Invocation& invocation, const std::string& shell) {
  if (shell == "bash") {
    invocation.out.Write(kBash);
  } else if (shell == "zsh") {
    invocation.out.Write(kZsh);
  } else if (shell == "fish") {
    invocation.out.Write(kFish);
  } else {
    throw Error(ErrorKind::kUsage,
                fmt::format("completion: there is no \"{}\": {}", shell,
                            SuggestWord(shell, {"bash", "zsh", "fish"}, "shells")));
  }
  return 0;
}

}  // namespace

Action DefineCompletion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "bash, zsh or fish")->required();
  return [shell](Invocation& invocation) { return Completion(invocation, *shell); };
}

}  // namespace cellar
