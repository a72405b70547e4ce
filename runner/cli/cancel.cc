#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/commands.h"
#include "runner/cli/run_choice.h"
#include "runner/review/times.h"
#include "store/run_control.h"

namespace cellar {
namespace {

/// What is to be said of a run, and its word in JSON.
struct Told {
  const char* word;
  std::string line;
  bool had_ended = false;
};

Told Tell(const Store& store, const RunRecord& run, CancelResult result) {
  switch (result) {
    case CancelResult::kCancelled:
      return {"cancelled", "cancelled"};
    case CancelResult::kRequested:
      return {"requested", IsAttended(store, run.id)
                               ? "is running: its worker was asked to end it"
                               : "its worker has died: the next one that starts ends it"};
    case CancelResult::kHadEnded:
    case CancelResult::kNoSuchRun:  // removed since it was chosen
      break;
  }
  const auto now = FindRun(store, run.id);
  return {"had_ended",
          now ? fmt::format("had ended already: {}", ToWord(now->state)) : "was removed meanwhile",
          true};
}

int Cancel(Invocation& invocation, const std::vector<std::string>& arguments) {
  const std::vector<ChosenRun> chosen = ChooseRuns(
      Store::Open(invocation.config.store, StoreMode::kReadOnly), arguments);  // must be there
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  std::vector<RunId> ids;
  for (const ChosenRun& one : chosen) ids.push_back(one.run.id);
  const std::vector<CancelResult> results = CancelRuns(store, ids, Now());
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Told told = Tell(store, chosen[i].run, results[i]);
    if (invocation.json) {
      runs.push_back({{"id", ids[i].value}, {"result", told.word}});
      continue;
    }
    // Of a group it is no news that some have ended.
    if (invocation.quiet || (told.had_ended && chosen[i].is_of_group)) continue;
    (told.had_ended ? invocation.err : invocation.out)
        .Write(fmt::format("run {}: {}\n", ids[i].value, told.line));
  }
  if (invocation.json) {
    const nlohmann::ordered_json answer{{"schema_version", 1}, {"runs", std::move(runs)}};
    invocation.out.Write(answer.dump() + "\n");
  }
  return 0;
}

}  // namespace

Action DefineCancel(CLI::App& app) {
  auto runs = std::make_shared<std::vector<std::string>>();
  app.add_option("RUN", *runs, "Runs' numbers, last, last:JOB, or group:N")->required();
  return [runs](Invocation& invocation) { return Cancel(invocation, *runs); };
}

}  // namespace cellar
