#include "tests/support/made_store.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "store/attempt_writer.h"

namespace cellar {
namespace {

NewRun RunOf(const std::string& job) {
  NewRun run;
  run.job.name = job;
  run.job_file = "jobs/" + job + ".toml";
  run.job_sha256 = std::string(64, 'a');
  return run;
}

void AddCell(NewRun* run, const std::string& name, const std::string& source, int line) {
  Cell cell;
  cell.name = name;
  cell.source = source;
  cell.file = run->job_file;
  cell.line = line;
  run->job.cells.push_back(cell);
}

CellEnd Succeeded(int execution_count, double millis) {
  return {CellState::kSucceeded, std::nullopt, "", execution_count, Millis(millis)};
}

constexpr char kTable[] =
    R"({"data": {"text/plain": "   temp\n0  21.5", "text/html": "<table></table>"},
        "metadata": {}, "execution_count": 2})";
constexpr char kFigure[] =
    R"({"data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480>"},
        "metadata": {}})";
constexpr char kKeyError[] =
    R"json({"ename": "KeyError", "evalue": "'temp'", "traceback": [
        "\u001b[0;31m-----------\u001b[0m",
        "\u001b[0;31mKeyError\u001b[0m  Traceback (most recent call last)",
        "Cell \u001b[0;32mIn [3]\u001b[0m, line 3\n\u001b[1;32m      2\u001b[0m b = 2\n\u001b[0;32m----> 3\u001b[0m frame['temp']",
        "\u001b[0;31mKeyError\u001b[0m: 'temp'"]
})json";

NewRun WeatherRun() {
  NewRun run = RunOf("clean-weather");
  run.job.tags = {"weather", "nightly"};
  Parameter limit;
  limit.name = "limit";
  limit.value = 5;
  run.job.parameters.push_back(limit);
  AddCell(&run, "load", "frame = read()\nframe", 8);
  AddCell(&run, "clean", "\na = 1\nb = 2\nframe['temp']\nc = 4", 13);
  AddCell(&run, "plot", "frame.plot()", 21);
  return run;
}

void WriteLoad(AttemptWriter& writer) {
  writer.BeginCell(1, "m1", "s", StoreTime(30));
  writer.AddStream(1, 0, "stdout");
  writer.AppendText(1, 0, "reading\n");
  writer.AddOutput(1, 1, OutputType::kExecuteResult, "", kTable);
  writer.AddOutput(1, 2, OutputType::kDisplayData, "", kFigure);
  writer.AddEvent(1, EventKind::kResumed, StoreTime(100), "after 2 s");
  writer.EndCell(1, Succeeded(2, 210.25), StoreTime(240));
}

void WriteClean(AttemptWriter& writer, const std::string& last_output) {
  writer.BeginCell(2, "m2", "s", StoreTime(250));
  writer.AddStream(2, 0, "stderr");
  writer.AppendText(2, 0, " 10%\r 50%\r");
  writer.AppendText(2, 0, last_output);
  writer.AddOutput(2, 1, OutputType::kError, "", kKeyError);
  writer.EndCell(2, {CellState::kFailed, CellReason::kError, "KeyError: 'temp'", 3, Millis(40.5)},
                 StoreTime(290));
}

}  // namespace

TimePoint StoreTime(int millis) {
  using namespace std::chrono;
  return sys_days(year(2026) / 11 / 23) + hours(2) + milliseconds(millis);
}

RunId MakeQueuedRun(Store& store, const std::string& job) {
  NewRun run = RunOf(job);
  AddCell(&run, "", "print(1)", 4);
  return store.AddRun(run, StoreTime());
}

RunId MakeSucceededRun(Store& store, const std::string& job, const std::string& text,
                       int submitted_millis, std::uint64_t output_limit) {
  store.RegisterWorker();
  NewRun run = RunOf(job);
  run.job.tags = {"nightly"};
  AddCell(&run, "", "print(text)", 4);
  const RunId id = store.AddRun(run, StoreTime(submitted_millis));
  const auto claim = store.ClaimRun(id, StoreTime(submitted_millis + 3));
  AttemptWriter writer(store, claim.value().attempt, output_limit);
  writer.SetPlace({"lab", "python3"});
  writer.BeginCell(0, "m0", "s", StoreTime(submitted_millis + 20));
  writer.AddStream(0, 0, "stdout");
  writer.AppendText(0, 0, text);
  writer.EndCell(0, Succeeded(1, 1500), StoreTime(submitted_millis + 1520));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1600)},
             StoreTime(submitted_millis + 1603));
  return id;
}

RunId MakeRunWithOutputs(Store& store, const std::string& job,
                         const std::vector<std::string>& outputs) {
  store.RegisterWorker();
  NewRun run = RunOf(job);
  AddCell(&run, "show", "show()", 4);
  const RunId id = store.AddRun(run, StoreTime());
  AttemptWriter writer(store, store.ClaimRun(id, StoreTime(3)).value().attempt, 0);
  writer.SetPlace({"lab", "python3"});
  writer.BeginCell(0, "m0", "s", StoreTime(20));
  int number = 0;
  for (const std::string& output : outputs) {
    auto body = nlohmann::ordered_json::parse(output);
    const OutputType type = ParseOutputType(body.at("output_type").get<std::string>()).value();
    body.erase("output_type");
    if (type == OutputType::kStream) {
      writer.AddStream(0, number, body.at("name"));
      writer.AppendText(0, number, body.at("text").get<std::string>());
    } else {
      writer.AddOutput(0, number, type, "", body.dump());
    }
    ++number;
  }
  writer.EndCell(0, Succeeded(1, 1500), StoreTime(1520));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1600)}, StoreTime(1603));
  return id;
}

RunId MakeFailedRun(Store& store, const std::string& last_output) {
  store.RegisterWorker();
  const RunId id = store.AddRun(WeatherRun(), StoreTime());
  const auto claim = store.ClaimRun(id, StoreTime(3));
  AttemptWriter writer(store, claim.value().attempt, 0);
  writer.SetPlace({"lab", "python3"});
  writer.InsertParameterCell(0, "limit = 5");
  writer.KernelReady(Millis(12.5));
  writer.BeginCell(0, "m0", "s", StoreTime(16));
  writer.EndCell(0, Succeeded(1, 5), StoreTime(21));
  WriteLoad(writer);
  WriteClean(writer, last_output);
  writer.PassOver(3, CellState::kNotRun);
  writer.End(
      {RunState::kFailed, RunReason::kCellError, "cell 2 (clean): KeyError: 'temp'", Millis(288.5)},
      StoreTime(291));
  return id;
}

}  // namespace cellar
