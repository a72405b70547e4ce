#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "runner/run_actions.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

void Say(Invocation& invocation, const std::vector<CancelledRun>& told) {
  if (invocation.json) {
    Json runs = Json::array();
    for (const CancelledRun& run : told) {
      runs.push_back({{"id", run.id.value}, {"result", run.word}});
    }
    const Json answer{{"schema_version", 1}, {"runs", std::move(runs)}};
    invocation.out.Write(answer.dump() + "\n");
    return;
  }
  for (const CancelledRun& run : told) {
    // Of a group it is no news that some have ended.
    if (invocation.quiet || (run.had_ended && run.is_of_group)) continue;
    (run.had_ended ? invocation.err : invocation.out)
        .Write(fmt::format("run {}: {}\n", run.id.value, PlainLine(run.text)));
  }
}

int Cancel(Invocation& invocation, const std::vector<std::string>& names) {
  ChooseRuns(Store::Open(invocation.config.store, StoreMode::kReadOnly), names);  // must be there
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  Say(invocation, CancelNamed(store, names, Now()));
  return 0;
}

int CancelThere(Invocation& invocation, RemoteServer& server,
                const std::vector<std::string>& names) {
  const Json answer = server.Post("/cancel", {{"runs", names}});
  std::vector<CancelledRun> told;
  for (const Json& run : answer.at("runs")) {
    const std::string word = run.at("result");
    told.push_back(
        {RunId{run.at("id")}, word, run.at("text"), word == "had_ended", run.at("of_group")});
  }
  Say(invocation, told);
  return 0;
}

}  // namespace

Action DefineCancel(CLI::App& app) {
  auto runs = std::make_shared<std::vector<std::string>>();
  app.add_option("RUN", *runs, "Runs' numbers, last, last:JOB, or group:N")->required();
  return {[runs](Invocation& invocation) { return Cancel(invocation, *runs); },
          [runs](Invocation& invocation, RemoteServer& server) {
            return CancelThere(invocation, server, *runs);
          }};
}

}  // namespace cellar
