// The queue's own times for `make bench`:
//   queue_times claims FILE DEPTH      fills a new store with DEPTH queued runs, claims a tenth of
//                                      them; prints the median and the 99th percentile, in ms
//   queue_times submit FILE N CELLS    submits N runs of CELLS cells ("seconds 1.0") at once
//   queue_times single FILE N PAUSE    submits N runs of one cell, PAUSE ms apart; prints for each
//                                      its code and when it was committed, on the monotonic clock
#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "store/queue.h"
#include "store/store.h"
#include "store/submission.h"

namespace {

using namespace cellar;
using Clock = std::chrono::steady_clock;

TimePoint Now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

NewRun RunOf(const std::string& code, int cells) {
  NewRun run;
  run.job.name = "bench";
  run.job.kernel = "python3";
  for (int i = 0; i < cells; ++i) {
    Cell cell;
    cell.source = code;
    run.job.cells.push_back(cell);
  }
  return run;
}

double Millis(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

int TimeClaims(const std::string& file, int depth) {
  Store store = Store::Open(file, StoreMode::kReadWrite);
  store.RegisterWorker(WorkerKind::kWork);
  AddRuns(store, std::vector<NewRun>(static_cast<std::size_t>(depth), RunOf("x = 1", 1)), Now());
  std::vector<double> times;
  for (int i = 0; i < depth / 10; ++i) {
    const auto begin = Clock::now();
    const std::vector<ReadyRun> ready = ReadyRuns(store, Now(), 1);
    if (ready.empty() || !store.ClaimRun(ready.front().run, Now())) return 1;
    times.push_back(Millis(Clock::now() - begin));
  }
  std::sort(times.begin(), times.end());
  std::cout << times[times.size() / 2] << ' ' << times[times.size() * 99 / 100] << '\n';
  return 0;
}

int SubmitMany(const std::string& file, int count, int cells) {
  Store store = Store::Open(file, StoreMode::kReadWrite);
  const NewRun run = RunOf("seconds 1.0", cells);
  AddRuns(store, std::vector<NewRun>(static_cast<std::size_t>(count), run), Now());
  return 0;
}

int SubmitSingly(const std::string& file, int count, int pause) {
  Store store = Store::Open(file, StoreMode::kReadWrite);
  for (int i = 0; i < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    const std::string code = "run = " + std::to_string(i);
    store.AddRun(RunOf(code, 1), Now());
    std::cout << code << '\t'
              << std::chrono::duration<double>(Clock::now().time_since_epoch()).count() << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  try {
    std::cout.precision(12);
    if (argc == 4 && arguments[1] == "claims") return TimeClaims(argv[2], std::stoi(argv[3]));
    if (argc == 5 && arguments[1] == "submit") {
      return SubmitMany(argv[2], std::stoi(argv[3]), std::stoi(argv[4]));
    }
    if (argc == 5 && arguments[1] == "single") {
      return SubmitSingly(argv[2], std::stoi(argv[3]), std::stoi(argv[4]));
    }
  } catch (const std::exception& error) {
    std::cerr << "queue_times: " << error.what() << "\n";
    return 1;
  }
  std::cerr << "usage: queue_times claims FILE DEPTH | submit FILE N CELLS | single FILE N PAUSE\n";
  return 2;
}
