// The options of `submit`, and what is to be submitted by them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/cli/job_arguments.h"
#include "runner/job_submission.h"

namespace cellar {

struct SubmitOptions {
  JobArguments job;
  std::vector<std::string> sweeps;
  std::vector<std::string> after;
  int priority = 0;
  std::string at;
  std::string key;
  bool wait = false;
};

/// Everything but `after`, which only a store knows. nullopt: a job is not sound, alone or with a
/// combination of the sweep, and every problem has been written to `invocation.err`. Throws Error
/// kUsage.
std::optional<JobSubmission> ReadSubmission(Invocation& invocation, const SubmitOptions& options);

}  // namespace cellar
