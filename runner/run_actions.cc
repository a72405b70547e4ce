#include "runner/run_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "jobs/error.h"
#include "runner/run_choice.h"
#include "store/run_control.h"

namespace cellar {
namespace {

CancelledRun Tell(const Store& store, RunId id, CancelResult result) {
  switch (result) {
    case CancelResult::kCancelled:
      return {id, "cancelled", "cancelled"};
    case CancelResult::kRequested:
      return {id, "requested",
              IsAttended(store, id) ? "is running: its worker was asked to end it"
                                    : "its worker has died: the next one that starts ends it"};
    case CancelResult::kHadEnded:
    case CancelResult::kNoSuchRun:  // removed since it was chosen
      break;
  }
  const auto now = FindRun(store, id);
  return {id, "had_ended",
          now ? fmt::format("had ended already: {}", ToWord(now->state)) : "was removed meanwhile",
          true};
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

}  // namespace

std::vector<CancelledRun> CancelNamed(Store& store, const std::vector<std::string>& names,
                                      TimePoint now) {
  const std::vector<ChosenRun> chosen = ChooseRuns(store, names);
  std::vector<RunId> ids;
  for (const ChosenRun& one : chosen) ids.push_back(one.run.id);
  const std::vector<CancelResult> results = CancelRuns(store, ids, now);
  std::vector<CancelledRun> told;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    told.push_back(Tell(store, ids[i], results[i]));
    told.back().is_of_group = chosen[i].is_of_group;
  }
  return told;
}

std::vector<RunRecord> ChooseToRetry(const Store& store, const std::vector<std::string>& names) {
  std::vector<RunRecord> runs;
  for (ChosenRun& chosen : ChooseRuns(store, names)) {
    const RunState state = chosen.run.state;
    const bool is_left = state == RunState::kFailed || state == RunState::kCancelled;
    if (is_left || !chosen.is_of_group) runs.push_back(std::move(chosen.run));
  }
  return runs;
}

std::vector<RunRecord> RequeueAll(Store& store, const std::vector<RunRecord>& runs, TimePoint now) {
  std::vector<RunId> ids;
  for (const RunRecord& run : runs) ids.push_back(run.id);
  std::sort(ids.begin(), ids.end());  // what a run depends on is older
  const std::vector<RequeueResult> results = RequeueRuns(store, ids, now);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (results[i] == RequeueResult::kQueued) continue;
    throw Error(ErrorKind::kUsage, fmt::format("retry: run {}: {}; nothing was queued",
                                               ids[i].value, WhyNot(results[i])));
  }
  return FindEach(store, ids);
}

}  // namespace cellar
