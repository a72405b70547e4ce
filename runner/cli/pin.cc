// `pin` and `unpin`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/commands.h"
#include "runner/review/run_json.h"
#include "runner/review/runs_table.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/history.h"
#include "store/pins.h"

namespace cellar {
namespace {

std::vector<RunId> ChoosePins(const Store& store, const std::vector<std::string>& arguments) {
  std::vector<RunId> runs;
  for (const ChosenRun& chosen : ChooseRuns(store, arguments)) runs.push_back(chosen.run.id);
  return runs;
}

/// `words`: of those that it changed, and of the others.
void ReportPins(Invocation& invocation, const std::vector<RunId>& runs,
                const std::vector<bool>& changed, std::pair<const char*, const char*> words) {
  nlohmann::ordered_json json{{"schema_version", 1}, {"runs", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    json["runs"].push_back({{"id", runs[i].value}, {"changed", bool{changed[i]}}});
    if (invocation.json || invocation.quiet) continue;
    invocation.out.Write(
        fmt::format("run {}: {}\n", runs[i].value, changed[i] ? words.first : words.second));
  }
  if (invocation.json) invocation.out.Write(json.dump() + "\n");
}

int ListPinned(Invocation& invocation, const Store& store) {
  const std::vector<RunRecord> runs = FindRuns(store, {.pinned = true, .limit = 0});
  Output& out = invocation.out;
  if (invocation.json) {
    WriteRunsJson(runs, [&](std::string_view text) { out.Write(text); });
  } else if (!runs.empty()) {
    out.Write(RunsTable(runs, {out.colours(), out.columns()}));
  } else if (!invocation.quiet) {
    invocation.err.Write("no run is pinned\n");
  }
  return 0;
}

int Pin(Invocation& invocation, const std::vector<std::string>& arguments) {
  const Store reader = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  if (arguments.empty()) return ListPinned(invocation, reader);
  const std::vector<RunId> runs = ChoosePins(reader, arguments);
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  ReportPins(invocation, runs, PinRuns(store, runs, Now()), {"pinned", "was pinned already"});
  return 0;
}

int Unpin(Invocation& invocation, const std::vector<std::string>& arguments) {
  const Store reader = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const std::vector<RunId> runs = ChoosePins(reader, arguments);
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  ReportPins(invocation, runs, UnpinRuns(store, runs), {"unpinned", "was not pinned"});
  return 0;
}

}  // namespace

Action DefinePin(CLI::App& app) {
  auto runs = std::make_shared<std::vector<std::string>>();
  app.add_option(
      "RUN", *runs,
      "Runs' numbers, last, last:JOB, or group:N; without any, those that are pinned are "
      "listed");
  return [runs](Invocation& invocation) { return Pin(invocation, *runs); };
}

Action DefineUnpin(CLI::App& app) {
  auto runs = std::make_shared<std::vector<std::string>>();
  app.add_option("RUN", *runs, "Runs' numbers, last, last:JOB, or group:N")->required();
  return [runs](Invocation& invocation) { return Unpin(invocation, *runs); };
}

}  // namespace cellar
