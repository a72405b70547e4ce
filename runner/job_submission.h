// What one `submit` makes of jobs: a run of each, or with a sweep one for each combination.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/problem.h"
#include "jobs/sweep.h"
#include "runner/job_loading.h"
#include "store/submission.h"

namespace cellar {

struct JobSubmission {
  std::vector<LoadedJob> jobs;  // with their values, unless there is a sweep
  GivenValues given;            // what a sweep's values are laid over
  Sweep sweep = Sweep({});      // no axis: there is none
  int priority = 0;
  std::optional<TimePoint> due;
  std::string key;  // names one run
  std::vector<RunId> after;

  bool sweeps() const { return !sweep.axes().empty(); }
};

/// What forbids a combination, for each job under its path; none without a sweep.
std::vector<Problem> ProblemsOfSweep(const JobSubmission& submission);

/// In one commit, on disk when it returns: all runs, of each job in turn; those of a sweep as a
/// group, which has the first job's name. No combination may have a problem. Throws as AddRuns
/// (store/submission.h) does.
std::vector<Submission> SubmitJobs(Store& store, const JobSubmission& submission, TimePoint now);

}  // namespace cellar
