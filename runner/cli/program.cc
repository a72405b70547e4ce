#include "runner/cli/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/cli/completion.h"
#include "runner/cli/remote_server.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr char kHead[] =
    "cellar run job.toml -p limit=10     run a job and wait; its outputs are kept\n"
    "cellar show last                    see what it did\n"
    "\n"
    "Usage: cellar COMMAND [OPTIONS]\n"
    "\n"
    "Commands:\n";

constexpr char kTail[] =
    "\n"
    "Common flags:\n"
    "  --store FILE          the history (CELLAR_STORE; default\n"
    "                        $XDG_STATE_HOME/cellar/cellar.db)\n"
    "  --server URL          ask another machine's `cellar serve` (CELLAR_SERVER); its token is\n"
    "                        in CELLAR_SERVER_TOKEN or the file that\n"
    "                        CELLAR_SERVER_TOKEN_FILE names\n"
    "  --gateway NAME|URL    where kernels are started (CELLAR_GATEWAY); the token for a\n"
    "                        URL is in CELLAR_TOKEN or the file that CELLAR_TOKEN_FILE names\n"
    "  --json                answer as JSON\n"
    "  -q, --quiet           say less: only what went wrong\n"
    "  -v, --verbose         say more; -vv: everything\n"
    "  --no-pager            long answers go straight to the terminal, not through\n"
    "                        $CELLAR_PAGER, $PAGER or less\n"
    "  --help, --version     `cellar COMMAND --help` explains one command\n"
    "\n"
    "Exit codes: 0 all is well; 1 a run failed through its own code or was cancelled; 2 usage,\n"
    "or an unsound job; 3 gateway or kernel trouble; 4 the store, or output that could not be\n"
    "written; 75 the job is running already; 124 a timeout; 130, 143 stopped by a signal.\n";

struct CommonFlags {
  std::string store;
  std::string server;
  std::string gateway;
  bool json = false;
  bool quiet = false;
  int verbosity = 0;
  bool no_pager = false;
};

std::string ProgramHelp() {
  std::string help = kHead;
  for (const Command& command : Commands()) {
    help += fmt::format("  {:<11}{}\n", command.name, command.summary);
  }
  return help + kTail;
}

void AddCommonFlags(CLI::App& app, CommonFlags* flags) {
  const std::string group = "Common flags";
  app.add_option("--store", flags->store, "The history: an SQLite file (CELLAR_STORE)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--server", flags->server,
                 "Ask another machine's cellar serve instead of a store (CELLAR_SERVER)")
      ->type_name("URL")
      ->group(group);
  app.add_option("--gateway", flags->gateway, "Where kernels are started (CELLAR_GATEWAY)")
      ->type_name("NAME|URL")
      ->group(group);
  app.add_flag("--json", flags->json, "Answer as JSON")->group(group);
  app.add_flag("-q,--quiet", flags->quiet, "Say only what went wrong")->group(group);
  app.add_flag("-v,--verbose", flags->verbosity, "Say more; -vv: everything")->group(group);
  app.add_flag("--no-pager", flags->no_pager,
               "Long answers go straight to the terminal (CELLAR_PAGER, PAGER)")
      ->group(group);
}

std::vector<std::string> LongNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What a command that has words of its own can do: `schedule add`.
std::vector<std::string> WordsOf(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* word : app.get_subcommands(nullptr)) words.push_back(word->get_name());
  return words;
}

/// What to say about the first argument that `app` could make nothing of.
[[noreturn]] void RefuseExtra(const CLI::App& app, const std::string& extra) {
  const std::string command = app.get_parent() == nullptr ? "" : app.get_name() + ": ";
  const bool is_word = extra.size() < 2 || extra.front() != '-';
  const std::vector<std::string> words = WordsOf(app);
  if (is_word && !words.empty() && app.get_subcommands().empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}unknown word \"{}\": {}", command, extra,
                                               SuggestWord(extra, words, "words")));
  }
  if (is_word) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}unexpected argument \"{}\": see cellar {}--help", command, extra,
                            command.empty() ? "" : app.get_name() + " "));
  }
  const std::string name = extra.substr(0, extra.find('='));
  const auto near = NearestWord(name, LongNames(app));
  throw Error(ErrorKind::kUsage,
              near ? fmt::format("{}unknown option {}: did you mean {}?", command, name, *near)
                   : fmt::format("{}unknown option {}: see cellar {}--help", command, name,
                                 command.empty() ? "" : app.get_name() + " "));
}

[[noreturn]] void RefuseCommand(const std::string& word) {
  std::vector<std::string> names;
  for (const Command& command : Commands()) names.emplace_back(command.name);
  throw Error(ErrorKind::kUsage, fmt::format("unknown command \"{}\": {}", word,
                                             SuggestWord(word, names, "commands")));
}

/// The command line, read: which command, and its flags.
class CommandLine {
 public:
  CommandLine() : app_("", "cellar") {
    app_.set_version_flag("--version", "cellar " CELLAR_VERSION "\n");
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    AddCommonFlags(app_, &flags_);
    for (const Command& command : Commands()) {
      CLI::App* sub = app_.add_subcommand(
          std::string(command.name), fmt::format("{}\n\n{}\n", command.example, command.summary));
      sub->allow_extras();
      actions_.push_back(command.define(*sub));
      AddCommonFlags(*sub, &flags_);
    }
  }

  /// False: the question was only for help or the version, and is answered on `out`.
  bool Parse(const std::vector<std::string>& arguments, Output& out) {
    try {
      std::vector<std::string> last_first(arguments.rbegin(), arguments.rend());
      app_.parse(last_first);
    } catch (const CLI::CallForHelp&) {
      out.Write(app_.get_subcommands().empty() ? ProgramHelp() : app_.help());
      return false;
    } catch (const CLI::CallForVersion& version) {
      out.Write(version.what());
      return false;
    } catch (const CLI::ParseError& error) {
      RefuseExtras();  // the likelier cause, where there is one
      const auto chosen = app_.get_subcommands();
      throw Error(ErrorKind::kUsage,
                  (chosen.empty() ? "" : chosen.front()->get_name() + ": ") + error.what());
    }
    RefuseExtras();
    return true;
  }

  std::vector<Candidate> CandidatesFor(const std::vector<std::string>& words) const {
    return Complete(app_, words);
  }

  const CommonFlags& flags() const { return flags_; }

  /// Empty: no command was given.
  std::string command() const {
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? "" : chosen.front()->get_name();
  }

  /// Of the command that was given.
  const Action& action() const { return actions_[Chosen()]; }
  bool goes_on_unread() const { return Commands()[Chosen()].goes_on_unread; }

  /// The commands that can go to another machine.
  std::vector<std::string_view> RemoteCommands() const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      if (actions_[i].there) names.push_back(Commands()[i].name);
    }
    return names;
  }

 private:
  std::size_t Chosen() const {
    const auto has_name = [&](const Command& command) { return command.name == this->command(); };
    const auto commands = Commands();
    return std::find_if(commands.begin(), commands.end(), has_name) - commands.begin();
  }

  void RefuseExtras() const {
    const auto chosen = app_.get_subcommands();
    for (const std::string& extra : app_.remaining()) {
      if (extra.front() == '-') RefuseExtra(app_, extra);
      RefuseCommand(extra);
    }
    if (chosen.empty() || chosen.front()->remaining().empty()) return;
    RefuseExtra(*chosen.front(), chosen.front()->remaining().front());
  }

  CLI::App app_;
  CommonFlags flags_;
  std::vector<Action> actions_;  // as Commands()
};

void SetUpLog(const CommonFlags& flags) {
  auto log = spdlog::stderr_logger_st("cellar");
  log->set_pattern("cellar: %v");
  log->set_level(flags.quiet            ? spdlog::level::err
                 : flags.verbosity == 0 ? spdlog::level::warn
                 : flags.verbosity == 1 ? spdlog::level::info
                                        : spdlog::level::debug);
  spdlog::set_default_logger(std::move(log));
}

/// Which server is to be asked; empty: none, the store is here. A flag goes before a variable.
std::string ChooseServer(const CommandLine& line) {
  const CommonFlags& flags = line.flags();
  if (!flags.server.empty() && !flags.store.empty()) {
    throw Error(ErrorKind::kUsage, "--server and --store: give one of them");
  }
  if (!flags.server.empty() || !flags.store.empty()) return flags.server;
  const std::string command = line.command();
  // These ask no store.
  if (command == "check" || command == "completion" || command == "man") return "";
  return EnvironmentVariable("CELLAR_SERVER").value_or("");
}

int RunThere(const CommandLine& line, const std::string& url, Output& out, Output& err) {
  const CommonFlags& flags = line.flags();
  const Action& action = line.action();
  if (!action.there) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{}: not possible over {}: these are: {}", line.command(),
                    flags.server.empty() ? "CELLAR_SERVER (--store FILE works here)" : "--server",
                    fmt::join(line.RemoteCommands(), ", ")));
  }
  RemoteServer server(AddressOfServer(url));
  Config config;
  config.gateway_override = flags.gateway;  // one that the server knows
  Invocation invocation{
      out, err, std::move(config), flags.json, flags.quiet, flags.verbosity, !flags.no_pager};
  try {
    return action.there(invocation, server);
  } catch (const nlohmann::json::exception& fault) {
    throw Error(ErrorKind::kUsage, fmt::format("{}its answer is not one of this version's API: {}",
                                               server.Prefix(), fault.what()));
  }
}

int RunHere(const CommandLine& line, Output& out, Output& err) {
  const CommonFlags& flags = line.flags();
  ConfigSources sources;
  sources.folder = std::filesystem::current_path();
  sources.store_flag = flags.store;
  sources.gateway_flag = flags.gateway;
  ConfigReading reading = ReadConfig(sources);
  for (const Problem& problem : reading.problems) err.Write(PlainLine(ToString(problem)) + "\n");
  if (!reading.problems.empty()) return 2;
  for (const std::string& file : reading.config.files) spdlog::info("configuration: {}", file);
  spdlog::info("store: {}", reading.config.store.string());
  Invocation invocation{out,
                        err,
                        std::move(reading.config),
                        flags.json,
                        flags.quiet,
                        flags.verbosity,
                        !flags.no_pager};
  return line.action().here(invocation);
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, Output& out, Output& err) {
  CommandLine line;
  if (!arguments.empty() && arguments.front() == kCompleteWord) {
    for (const Candidate& candidate :
         line.CandidatesFor({arguments.begin() + 1, arguments.end()})) {
      out.Write(fmt::format("{}\t{}\n", candidate.word, candidate.description));
    }
    return 0;
  }
  if (!line.Parse(arguments, out)) return 0;
  if (line.command().empty()) {
    err.Write(ProgramHelp());
    return 2;
  }
  SetUpLog(line.flags());
  if (line.goes_on_unread()) out.GoOnWhenClosed();
  const std::string server = ChooseServer(line);
  return server.empty() ? RunHere(line, out, err) : RunThere(line, server, out, err);
}

}  // namespace cellar
