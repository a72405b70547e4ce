#include "tests/support/made_history.h"

#include "store/attempt_writer.h"
#include "tests/support/made_store.h"

namespace cellar {
namespace {

NewRun NewRunOf(const MadeRun& made) {
  NewRun run;
  run.job.name = made.job;
  run.job_file = "jobs/" + made.job + ".toml";
  run.job_sha256 = std::string(64, 'a');
  for (const auto& [name, value] : made.parameters.items()) {
    Parameter parameter;
    parameter.name = name;
    parameter.value = value;
    run.job.parameters.push_back(parameter);
  }
  for (const MadeCell& cell : made.cells) {
    Cell& added = run.job.cells.emplace_back();
    added.name = cell.name;
    added.source = cell.source;
    added.file = run.job_file;
  }
  return run;
}

void WriteOutput(AttemptWriter& writer, int cell, int number, const std::string& output) {
  auto body = nlohmann::ordered_json::parse(output, nullptr, false);
  if (body.is_discarded() || !body.is_object()) {
    writer.AddStream(cell, number, "stdout");
    writer.AppendText(cell, number, output);
    return;
  }
  const OutputType type = ParseOutputType(body.at("output_type").get<std::string>()).value();
  body.erase("output_type");
  if (type != OutputType::kStream) return writer.AddOutput(cell, number, type, "", body.dump());
  writer.AddStream(cell, number, body.at("name"));
  writer.AppendText(cell, number, body.at("text").get<std::string>());
}

void WriteCell(AttemptWriter& writer, int index, const MadeCell& cell, TimePoint at) {
  if (cell.state == CellState::kNotRun) return writer.PassOver(index, cell.state);
  writer.BeginCell(index, "m", "s", at);
  int number = 0;
  for (const std::string& output : cell.outputs) WriteOutput(writer, index, number++, output);
  CellEnd end{cell.state, std::nullopt, "", index + 1, Millis(cell.millis)};
  if (cell.state == CellState::kFailed) end.reason = CellReason::kError;
  writer.EndCell(index, end, at);
}

}  // namespace

RunId MakeRun(Store& store, const MadeRun& run) {
  store.RegisterWorker();
  const RunId id = store.AddRun(NewRunOf(run), StoreTime(run.submitted_millis));
  const TimePoint begin = StoreTime(run.submitted_millis + 3);
  AttemptWriter writer(store, store.ClaimRun(id, begin).value().attempt, 0);
  writer.SetPlace({"lab", "python3"});
  const int first = run.parameters.empty() ? 0 : 1;
  if (first == 1) {
    const MadeCell parameters{"", "the parameters", {}, 1};
    writer.InsertParameterCell(0, parameters.source);
    WriteCell(writer, 0, parameters, begin);
  }
  AttemptEnd end{RunState::kSucceeded, std::nullopt, "", Millis(0)};
  for (std::size_t i = 0; i < run.cells.size(); ++i) {
    const MadeCell& cell = run.cells[i];
    WriteCell(writer, static_cast<int>(i) + first, cell, begin);
    if (cell.state != CellState::kNotRun) *end.duration += Millis(cell.millis);
    if (cell.state == CellState::kFailed) end.state = RunState::kFailed;
  }
  if (end.state == RunState::kFailed) end.reason = RunReason::kCellError;
  writer.End(end, StoreTime(run.submitted_millis + 1000));
  return id;
}

}  // namespace cellar
