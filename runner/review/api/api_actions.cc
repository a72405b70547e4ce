// What changes runs: cancel, retry, again.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runner/review/api/endpoints.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "store/history.h"
#include "store/run_control.h"
#include "store/run_copy.h"
#include "store/submission.h"

namespace cellar {
namespace {

ApiAnswer Done(const Store& store, const RunRecord& before, const char* result) {
  const RunRecord run = FindRun(store, before.id).value_or(before);
  return JsonAnswer({{"schema_version", 1}, {"run", RunToJson(run)}, {"result", result}});
}

const char* WhyNotQueued(RequeueResult result) {
  switch (result) {
    case RequeueResult::kNotEnded:
      return "it has not ended";
    case RequeueResult::kHadSucceeded:
      return "it has succeeded, and stays so: submit it again for a new run of its job";
    case RequeueResult::kDependency:
      return "a run that it depends on has not succeeded: retry that one first";
    case RequeueResult::kNoSuchRun:
    case RequeueResult::kQueued:
      break;
  }
  return "it was removed meanwhile";
}

}  // namespace

ApiAnswer AnswerCancel(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  switch (CancelRun(*context.store, run->id, Now())) {
    case CancelResult::kCancelled:
      return Done(*context.store, *run, "cancelled");
    case CancelResult::kRequested:
      return Done(*context.store, *run, "requested");
    case CancelResult::kHadEnded:
      return ApiError(409, fmt::format("cancel: run {} has ended already", run->id.value));
    case CancelResult::kNoSuchRun:
      break;
  }
  return NoSuchRun(*context.store, request.path[1]);
}

ApiAnswer AnswerRetry(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const RequeueResult result = RequeueRun(*context.store, run->id, Now());
  if (result == RequeueResult::kQueued) return Done(*context.store, *run, "queued");
  return ApiError(409, fmt::format("retry: run {}: {}", run->id.value, WhyNotQueued(result)));
}

ApiAnswer AnswerAgain(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const Submission made = AddRuns(*context.store, {CopyOf(*context.store, *run)}, Now()).front();
  return JsonAnswer({{"schema_version", 1},
                     {"run", RunToJson(FindRun(*context.store, made.run).value())},
                     {"is_new", made.is_new}},
                    201);
}

}  // namespace cellar
