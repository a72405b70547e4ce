#include "runner/job_submission.h"

#include "jobs/parameters.h"

namespace cellar {

std::vector<Problem> ProblemsOfSweep(const JobSubmission& submission) {
  std::vector<Problem> problems;
  if (!submission.sweeps()) return problems;
  for (const LoadedJob& loaded : submission.jobs) {
    for (std::string& what : ProblemsOfSweep(submission.sweep, submission.given, loaded.job)) {
      problems.push_back({loaded.path, 0, 0, std::move(what), ""});
    }
  }
  return problems;
}

std::vector<Submission> SubmitJobs(Store& store, const JobSubmission& submission, TimePoint now) {
  const std::size_t combinations = submission.sweep.size();
  std::size_t made = 0;
  const auto next = [&]() -> std::optional<NewRun> {
    if (made == submission.jobs.size() * combinations) return std::nullopt;
    NewRun run = SubmissionOf(submission.jobs[made / combinations]);
    run.priority = submission.priority;
    run.due = submission.due;
    run.key = submission.key;
    run.after = submission.after;
    if (submission.sweeps()) {
      GivenValues values = submission.given;
      for (auto& value : submission.sweep.At(made % combinations)) {
        values.push_back(std::move(value));
      }
      GiveParameters(values, &run.job);  // each value was tried before
    }
    ++made;
    return run;
  };
  if (!submission.sweeps()) return AddRuns(store, next, now);
  return AddGroup(store, submission.jobs.front().job.name, next, now);
}

}  // namespace cellar
