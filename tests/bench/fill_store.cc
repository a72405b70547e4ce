// Fills a store with ended runs for `make bench`: fill_store FILE RUNS CELLS_OF_LAST.
// Every run but the last has two cells with an output each; the last has CELLS_OF_LAST.
#include <chrono>
#include <iostream>
#include <string>

#include "store/attempt_writer.h"
#include "store/store.h"

namespace {

using namespace cellar;

constexpr int kJobs = 20;    // different names
constexpr int kFailing = 7;  // one run in so many fails
constexpr auto kApart = std::chrono::minutes(5);

Job MakeJob(int number, int cells) {
  Job job;
  job.name = "nightly-" + std::to_string(number % kJobs);
  job.kernel = "python3";
  job.tags = {"nightly", number % 2 ? "odd" : "even"};
  Parameter limit;
  limit.name = "limit";
  limit.value = number;
  job.parameters.push_back(limit);
  for (int i = 0; i < cells; ++i) {
    Cell cell;
    cell.name = "step-" + std::to_string(i);
    cell.source = "rows = clean(rows, step=" + std::to_string(i) + ")\nprint(len(rows))";
    cell.file = "nightly.toml";
    cell.line = 10 + 4 * i;
    job.cells.push_back(cell);
  }
  return job;
}

void RunCells(AttemptWriter& writer, int cells, bool failing, TimePoint at) {
  for (int i = 0; i < cells; ++i) {
    bool fails = failing && i == cells - 1;
    writer.BeginCell(i, "request-" + std::to_string(i), "session", at);
    writer.AddStream(i, 0, "stdout");
    writer.AppendText(i, 0, std::to_string(1000 - i) + " rows\n");
    CellEnd end;
    end.state = fails ? CellState::kFailed : CellState::kSucceeded;
    if (fails) end.reason = CellReason::kError;
    if (fails) end.message = "KeyError: 'temp'";
    end.execution_count = i + 1;
    end.duration = Millis(12.5);
    writer.EndCell(i, end, at);
  }
}

void AddEndedRun(Store& store, int number, int cells, TimePoint at) {
  bool failing = number % kFailing == 0;
  NewRun run;
  run.job = MakeJob(number, cells);
  run.job_file = "nightly.toml";
  run.job_sha256 = std::string(64, '0');
  Claim claim = store.ClaimRun(store.AddRun(run, at), at).value();
  AttemptWriter writer(store, claim.attempt, 0);
  writer.SetPlace({.gateway = "lab", .kernelspec = "python3"});
  writer.KernelReady(Millis(412));
  RunCells(writer, cells, failing, at);
  AttemptEnd end;
  end.state = failing ? RunState::kFailed : RunState::kSucceeded;
  if (failing) end.reason = RunReason::kCellError;
  if (failing) end.message = "cell 1 (step-1): KeyError: 'temp'";
  end.duration = Millis(812);
  writer.End(end, at + std::chrono::milliseconds(812));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: fill_store FILE RUNS CELLS_OF_LAST\n";
    return 2;
  }
  try {
    int runs = std::stoi(argv[2]);
    Store store = Store::Open(argv[1], StoreMode::kReadWrite);
    store.RegisterWorker();
    TimePoint at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    for (int number = 1; number <= runs; ++number) {
      AddEndedRun(store, number, number == runs ? std::stoi(argv[3]) : 2, at + number * kApart);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "fill_store: " << error.what() << "\n";
    return 1;
  }
}
