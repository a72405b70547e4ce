#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/run_choice.h"
#include "runner/cli/submission_report.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "store/run_control.h"
#include "store/run_copy.h"
#include "store/submission.h"

namespace cellar {
namespace {

struct RetryOptions {
  std::vector<std::string> runs;
  bool is_new = false;
};

/// Of a group those that have failed or were cancelled; others as they were named.
std::vector<RunRecord> ChooseEnded(const Store& store, const RetryOptions& options) {
  std::vector<RunRecord> runs;
  for (ChosenRun& chosen : ChooseRuns(store, options.runs)) {
    const RunState state = chosen.run.state;
    const bool is_left = state == RunState::kFailed || state == RunState::kCancelled;
    if (is_left || !chosen.is_of_group) runs.push_back(std::move(chosen.run));
  }
  return runs;
}

const char* WhyNot(RequeueResult result) {
  switch (result) {
    case RequeueResult::kNotEnded:
      return "it has not ended: cellar cancel ends it, cellar wait waits for its end";
    case RequeueResult::kHadSucceeded:
      return "it has succeeded, and stays so: `cellar retry --new` makes a new run of its job";
    case RequeueResult::kDependency:
      return "a run that it depends on has not succeeded: retry that one first, or both at once";
    case RequeueResult::kNoSuchRun:
    case RequeueResult::kQueued:
      break;
  }
  return "it was removed meanwhile";
}

int Requeue(Invocation& invocation, const std::vector<RunRecord>& runs) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  std::vector<RunId> ids;
  for (const RunRecord& run : runs) ids.push_back(run.id);
  std::sort(ids.begin(), ids.end());  // what a run depends on is older
  const std::vector<RequeueResult> results = RequeueRuns(store, ids, Now());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (results[i] == RequeueResult::kQueued) continue;
    throw Error(ErrorKind::kUsage, fmt::format("retry: run {}: {}; nothing was queued",
                                               ids[i].value, WhyNot(results[i])));
  }
  const std::vector<RunRecord> queued = FindEach(store, ids);
  if (invocation.json) {
    WriteRunsJson(queued, [&](std::string_view text) { invocation.out.Write(text); });
    return 0;
  }
  for (const RunRecord& run : queued) {
    if (invocation.quiet) break;
    invocation.out.Write(
        fmt::format("run {}: queued for attempt {}\n", run.id.value, run.attempt + 1));
  }
  return 0;
}

int SubmitAnew(Invocation& invocation, const std::vector<RunRecord>& runs) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  auto run = runs.begin();
  const auto next = [&] {
    return run == runs.end() ? std::nullopt : std::optional(CopyOf(store, *run++));
  };
  const std::vector<Submission> submissions = AddRuns(store, next, Now());
  const int code = ReportSubmissions(invocation, store, submissions);
  if (invocation.json) WriteSubmissionsJson(invocation, store, submissions);
  return code;
}

int RetryRuns(Invocation& invocation, const RetryOptions& options) {
  const std::vector<RunRecord> runs = ChooseEnded(
      Store::Open(invocation.config.store, StoreMode::kReadOnly), options);  // must be there
  if (runs.empty()) {
    invocation.err.Write("retry: no run of the group has failed or was cancelled\n");
    return 0;
  }
  return options.is_new ? SubmitAnew(invocation, runs) : Requeue(invocation, runs);
}

}  // namespace

Action DefineRetry(CLI::App& app) {
  auto options = std::make_shared<RetryOptions>();
  app.add_option("RUN", options->runs,
                 "Runs' numbers, last, last:JOB, or group:N: those of it that have not succeeded")
      ->required();
  app.add_flag("--new", options->is_new,
               "A new run of the stored job with the same values, instead of a new attempt");
  return [options](Invocation& invocation) { return RetryRuns(invocation, *options); };
}

}  // namespace cellar
