// `man`: the manual page, from what the commands say of themselves. Source: groff_man(7).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>
#include <utility>

#include "jobs/source_text.h"
#include "runner/cli/commands.h"

namespace cellar {
namespace {

/// What troff writes as it is here. The others it would take for its own, or show typographically:
/// copied from the page they would not work (groff_man_style(7), "Portability").
std::string_view InTroff(const char& c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '~':
      return "\\(ti";
    case '^':
      return "\\(ha";
    default:
      return {&c, 1};
  }
}

/// Text as it is; no line of it begins as a request does.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char& c : text) {
    const bool begins_line = plain.empty() || plain.back() == '\n';
    if (begins_line && c == '.') plain += "\\&";
    plain += InTroff(c);
  }
  return plain;
}

/// "-o, --output FILE", "RUN".
std::string NameOf(const CLI::Option& option) {
  std::string name = option.get_name(option.get_positional(), true);
  if (const auto comma = name.find(','); comma != std::string::npos) name.insert(comma + 1, " ");
  if (option.get_positional() || option.get_items_expected_max() == 0) return name;
  const std::string type = option.get_type_name();  // CLI11 adds the check: "N:POSITIVE"
  return name + " " + type.substr(0, type.find(":POSITIVE"));
}

/// A list of terms and what they are.
std::string ListOf(std::initializer_list<std::pair<std::string_view, std::string_view>> items) {
  std::string text;
  for (const auto& [term, meaning] : items) {
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Plain(term), Plain(meaning));
  }
  return text;
}

std::string OptionText(const CLI::Option& option) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", Plain(NameOf(option)),
                     Plain(option.get_description()));
}

bool IsCommon(const CLI::Option& option) {
  return option.get_group() == "Common flags" || option.check_name("--help");
}

std::string CommandText(const CLI::App& app, const std::string& name) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (!IsCommon(*option)) text += OptionText(*option);
  }
  for (const CLI::App* word : app.get_subcommands(nullptr)) {
    const std::string whole = name + " " + word->get_name();
    text += fmt::format(".SS {}\n{}\n", Plain(whole), Plain(Trimmed(word->get_description())));
    text += CommandText(*word, whole);
  }
  if (!app.get_footer().empty()) text += ".PP\n" + Plain(Trimmed(app.get_footer())) + "\n";
  return text;
}

std::string EndOfPage() {
  return ".SH EXIT STATUS\n" +
         ListOf({{"0", "all is well"},
                 {"1", "a run failed through its own code or was cancelled; diff: they differ"},
                 {"2", "usage, or an unsound job: nothing ran"},
                 {"3", "gateway or kernel trouble: worth another try"},
                 {"4", "the store, or output that could not be written"},
                 {"75", "the job is running already"},
                 {"124", "a timeout"},
                 {"130, 143", "stopped by a signal"}}) +
         ".SH ENVIRONMENT\n" +
         ListOf({{"CELLAR_STORE", "the history, before what a configuration file says"},
                 {"CELLAR_GATEWAY", "where kernels are started: a name or a URL"},
                 {"CELLAR_TOKEN, CELLAR_TOKEN_FILE", "the token for a gateway given as a URL"},
                 {"CELLAR_PAGER, PAGER",
                  "what shows answers that are longer than the window; else less. Empty or cat: "
                  "nothing"},
                 {"NO_COLOR", "no colours, also on a terminal"}}) +
         ".SH FILES\n" +
         ListOf({{"cellar.toml", "the configuration, in this folder or above it"},
                 {"$XDG_CONFIG_HOME/cellar/config.toml", "the user's configuration"},
                 {"$XDG_STATE_HOME/cellar/cellar.db", "the history"}}) +
         ".SH SEE ALSO\n.BR jupyter (1),\n.BR crontab (5),\n.BR sqlite3 (1)\n";
}

std::string ManPage(const CLI::App& program) {
  std::string text =
      ".TH CELLAR 1\n.SH NAME\ncellar \\- runs notebook\\-style batch jobs on Jupyter gateways\n"
      ".SH SYNOPSIS\n.B cellar\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const Command& command : Commands()) {
    const CLI::App* app = program.get_subcommand(std::string(command.name));
    text += fmt::format(".SS cellar {}\n{}.\n.PP\n.RS\n.EX\n{}\n.EE\n.RE\n", Plain(command.name),
                        Plain(command.summary), Plain(command.example));
    text += CommandText(*app, "cellar " + std::string(command.name));
  }
  text += ".SH OPTIONS OF ALL COMMANDS\n";
  for (const CLI::Option* option : program.get_options()) text += OptionText(*option);
  return text + EndOfPage();
}

}  // namespace

Action DefineMan(CLI::App& app) {
  return [&app](Invocation& invocation) {
    invocation.out.Write(ManPage(*app.get_parent()));
    return 0;
  };
}

}  // namespace cellar
