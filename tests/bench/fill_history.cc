// Fills a store with the runs of one job for `make bench`: fill_history FILE RUNS CELLS KILOBYTES.
// Each cell of each run writes so many kilobytes of a log; from the last tenth of the runs on the
// first cell takes twice as long.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iostream>
#include <random>
#include <string>

#include "store/attempt_writer.h"
#include "store/store.h"

namespace {

using namespace cellar;

constexpr std::array<const char*, 16> kWords{
    "reading", "station", "row",      "skipped", "cleaned", "merged", "from",  "warning",
    "value",   "out",     "of range", "wrote",   "file",    "batch",  "retry", "done"};

std::string LogOf(std::size_t bytes, std::mt19937* random) {
  std::string text;
  text.reserve(bytes + 100);
  while (text.size() < bytes) {
    for (int i = 0; i < 6; ++i) {
      text += kWords[(*random)() % kWords.size()];
      text += ' ';
    }
    text += fmt::format("{} {:x}\n", (*random)() % 100'000, (*random)());
  }
  return text;
}

void AddRun(Store& store, const Job& job, std::size_t bytes, bool is_slow, TimePoint at,
            std::mt19937* random) {
  NewRun run;
  run.job = job;
  run.job_file = "nightly.toml";
  run.job_sha256 = std::string(64, '0');
  Claim claim = store.ClaimRun(store.AddRun(run, at), at).value();
  AttemptWriter writer(store, claim.attempt, 0);
  for (int i = 0; i < static_cast<int>(job.cells.size()); ++i) {
    writer.BeginCell(i, "request", "session", at);
    if (bytes > 0) {
      writer.AddStream(i, 0, "stdout");
      writer.AppendText(i, 0, LogOf(bytes, random));
    }
    const double noise = static_cast<double>((*random)() % 1000) / 100;
    const double millis = (i == 0 && is_slow ? 200 : 100) + noise;
    writer.EndCell(i, {CellState::kSucceeded, std::nullopt, "", i + 1, Millis(millis)}, at);
  }
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(500)}, at);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: fill_history FILE RUNS CELLS KILOBYTES\n";
    return 2;
  }
  try {
    const int runs = std::stoi(argv[2]);
    const std::size_t bytes = std::stoul(argv[4]) << 10;
    Job job;
    job.name = "nightly";
    for (int i = 0; i < std::stoi(argv[3]); ++i) {
      job.cells.emplace_back().name = fmt::format("step-{}", i);
      job.cells.back().source = fmt::format("clean(step={})", i);
    }
    Store store = Store::Open(argv[1], StoreMode::kReadWrite);
    store.RegisterWorker();
    std::mt19937 random(1);
    TimePoint at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    for (int number = 0; number < runs; ++number) {
      at += std::chrono::minutes(5);
      AddRun(store, job, bytes, number >= runs - runs / 10, at, &random);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "fill_history: " << error.what() << "\n";
    return 1;
  }
}
