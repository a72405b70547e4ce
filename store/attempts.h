// The attempts of a run, and who works.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct AttemptRecord {
  int number = 1;
  RunState state = RunState::kRunning;
  std::optional<RunReason> reason;
  std::string message;
  std::string gateway;     // empty: not chosen yet
  std::string kernelspec;  // likewise
  TimePoint started_at;
  std::optional<TimePoint> finished_at;
  std::optional<Millis> queue;
  std::optional<Millis> kernel_start;
  std::optional<Millis> duration;
  std::string worker;  // "process 12 on host": the one that went on with it last
  int takeovers = 0;   // how often another worker went on with it, or ended it
};

/// By number.
std::vector<AttemptRecord> FindAttempts(const Store& store, RunId run);

/// The cursor (LogPiece::cursor) of what came last of an attempt; 0: nothing came.
std::int64_t LastPieceOf(const Store& store, RunId run, int attempt);

struct LiveWorker {
  WorkerId id;
  std::string name;  // "process 12 on host"
  WorkerKind kind = WorkerKind::kRun;
  int running = 0;  // attempts
};

/// Those that are alive and take runs from the queue, or have an attempt; oldest first.
std::vector<LiveWorker> FindLiveWorkers(const Store& store);

/// How many runs are queued.
std::int64_t CountQueued(const Store& store);

}  // namespace cellar
