// How an attempt ended, and whether another one follows. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "jobs/error.h"
#include "jobs/job.h"
#include "jobs/state.h"

namespace cellar {

struct Outcome {
  RunState state = RunState::kSucceeded;
  std::optional<RunReason> reason;
  std::string message;
};

/// "cell 2 (clean)", as messages name it.
std::string CellLabel(int index, const std::string& name);

/// Why a run fails when Cellar could not go on with it.
RunReason ReasonOf(ErrorKind kind);

/// How long to wait before another attempt; nullopt: `retry` allows none. `number` is that of the
/// attempt that ended.
std::optional<std::chrono::milliseconds> RetryDelay(const Retry& retry, int number,
                                                    const Outcome& outcome);

}  // namespace cellar
