// What changes runs: cancel, retry, again; of one run, and of several at once.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/json_body.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "runner/run_actions.h"
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

std::vector<std::string> NamesIn(const BodyMembers& body, const std::string& whose) {
  std::vector<std::string> names = body.Runs("runs");
  if (names.empty()) throw Error(ErrorKind::kUsage, whose + "runs: at least one is to be named");
  return names;
}

/// As `retry --new` writes it.
ApiAnswer SubmittedAnew(Store& store, const std::vector<RunRecord>& runs) {
  auto run = runs.begin();
  const auto next = [&] {
    return run == runs.end() ? std::nullopt : std::optional(CopyOf(store, *run++));
  };
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Submission& made : AddRuns(store, next, Now())) {
    list.push_back(RunToJson(FindRun(store, made.run).value()));
    list.back()["is_new"] = made.is_new;
  }
  return JsonAnswer({{"schema_version", 1}, {"runs", std::move(list)}}, 201);
}

}  // namespace

ApiAnswer AnswerCancelMany(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const nlohmann::ordered_json json = ParseBody("cancel: ", request.body);
  const BodyMembers body(json, "cancel: ", "", {"runs"});
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (const CancelledRun& run : CancelNamed(*context.store, NamesIn(body, "cancel: "), Now())) {
    runs.push_back({{"id", run.id.value},
                    {"result", run.word},
                    {"text", run.text},
                    {"of_group", run.is_of_group}});
  }
  return JsonAnswer({{"schema_version", 1}, {"runs", std::move(runs)}});
}

ApiAnswer AnswerRetryMany(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const nlohmann::ordered_json json = ParseBody("retry: ", request.body);
  const BodyMembers body(json, "retry: ", "", {"runs", "new"});
  const bool is_new = body.Flag("new");
  const std::vector<RunRecord> chosen = ChooseToRetry(*context.store, NamesIn(body, "retry: "));
  if (is_new && !chosen.empty()) return SubmittedAnew(*context.store, chosen);
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (const RunRecord& run : RequeueAll(*context.store, chosen, Now())) {
    runs.push_back(RunToJson(run));
  }
  return JsonAnswer({{"schema_version", 1}, {"runs", std::move(runs)}});
}

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
