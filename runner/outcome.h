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

/// What the choice of another attempt hangs on, beside the job's own [retry].
struct RetryFacts {
  int number = 1;  // of the attempt that ended
  int deaths = 0;  // of workers and kernels on the run within a day, this one's included
  double random =
      0.0;  // 0 to 1: the pause is up to a quarter longer, so that many do not come at once
};

struct RetryChoice {
  std::optional<std::chrono::milliseconds> delay;  // before another attempt; nullopt: there is none
  bool is_poison = false;  // there would be one, but the run keeps killing its workers or kernels
};

/// So many deaths on one run within a day stop its retries.
inline constexpr int kMostDeaths = 3;

RetryChoice ChooseRetry(const Retry& retry, const Outcome& outcome, const RetryFacts& facts);

}  // namespace cellar
