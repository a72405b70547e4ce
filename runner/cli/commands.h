// The commands of the program: one file each, and one row each in the table of commands.cc.
#pragma once

#include <concepts>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "runner/cli/output.h"
#include "runner/config.h"

namespace CLI {
class App;
}

namespace cellar {

/// What every command works with, once the command line has been read.
struct Invocation {
  Output& out;  // answers
  Output& err;  // progress and errors
  Config config;
  bool json = false;
  bool quiet = false;
  int verbosity = 0;  // how many -v
  bool pages = true;  // no --no-pager
};

class RemoteServer;

/// Does the work and returns the exit code. An Error becomes `cellar: message` and its exit code.
struct Action {
  using Here = std::function<int(Invocation&)>;
  using There = std::function<int(Invocation&, RemoteServer&)>;

  template <std::invocable<Invocation&> F>
  Action(F on_this_machine) : here(std::move(on_this_machine)) {}
  Action(Here on_this_machine, There over_the_api)
      : here(std::move(on_this_machine)), there(std::move(over_the_api)) {}

  Here here;
  There there;  // over another machine's API (--server); empty: not possible
};

struct Command {
  std::string_view name;
  std::string_view summary;         // one line, for the list of commands
  std::string_view example;         // the first lines of its --help
  Action (*define)(CLI::App& app);  // adds its own options; what they hold is kept by the Action
  // Its work and exit code matter more than who reads what it answers (`| head`).
  bool goes_on_unread = false;
};

std::span<const Command> Commands();

Action DefineRun(CLI::App& app);
Action DefineSubmit(CLI::App& app);
Action DefineWait(CLI::App& app);
Action DefineCancel(CLI::App& app);
Action DefineRetry(CLI::App& app);
Action DefineWork(CLI::App& app);
Action DefineCheck(CLI::App& app);
Action DefineRuns(CLI::App& app);
Action DefineShow(CLI::App& app);
Action DefineLogs(CLI::App& app);
Action DefineExport(CLI::App& app);
Action DefineOutputs(CLI::App& app);
Action DefineGateways(CLI::App& app);
Action DefineKernels(CLI::App& app);

}  // namespace cellar
