#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/commands.h"
#include "runner/cli/remote_runs.h"
#include "runner/cli/remote_waiting.h"
#include "runner/cli/run_waiting.h"
#include "runner/cli/time_arguments.h"
#include "runner/review/run_json.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

struct WaitOptions {
  std::vector<std::string> runs;
  std::string timeout;
};

int Wait(Invocation& invocation, const WaitOptions& options) {
  const auto timeout = ReadDuration("wait: --timeout", options.timeout);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  std::vector<RunId> ids;
  for (const ChosenRun& chosen : ChooseRuns(store, options.runs)) ids.push_back(chosen.run.id);
  const int code = AwaitRuns(invocation, store, ids, timeout, "wait");
  if (invocation.json) {
    WriteRunsJson(FindEach(store, ids), [&](std::string_view text) { invocation.out.Write(text); });
  }
  return code;
}

int WaitThere(Invocation& invocation, RemoteServer& server, const WaitOptions& options) {
  const auto timeout = ReadDuration("wait: --timeout", options.timeout);
  const std::vector<RunId> ids = ChooseRemoteRuns(server, options.runs);
  const int code = AwaitRemoteRuns(invocation, server, ids, timeout, "wait");
  if (invocation.json) {
    std::vector<nlohmann::ordered_json> runs;
    for (const RunId id : ids) runs.push_back(FetchRun(server, id));
    WriteRemoteRuns(invocation, runs);
  }
  return code;
}

}  // namespace

Action DefineWait(CLI::App& app) {
  auto options = std::make_shared<WaitOptions>();
  app.add_option("RUN", options->runs, "Runs' numbers, last, last:JOB, or group:N")->required();
  app.add_option("--timeout", options->timeout,
                 "Wait no longer than this: then exit with 124, and the runs go on")
      ->type_name("DURATION");
  return {[options](Invocation& invocation) { return Wait(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return WaitThere(invocation, server, *options);
          }};
}

}  // namespace cellar
