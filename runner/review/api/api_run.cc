// One run for a page: whole or as one attempt, and one cell of it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/review/api/cells_json.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/event_stream.h"
#include "runner/review/json_values.h"
#include "runner/review/queue_text.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "store/output_outlines.h"
#include "store/queue.h"
#include "store/run_control.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

/// As RequeueRuns (store/run_control.h) decides it.
bool CanRetry(const Store& store, const RunRecord& run) {
  const auto has_not_succeeded = [&](RunId id) {
    const auto other = FindRun(store, id);
    return other && (other->state == RunState::kFailed || other->state == RunState::kCancelled);
  };
  return (run.state == RunState::kFailed || run.state == RunState::kCancelled) &&
         std::none_of(run.after.begin(), run.after.end(), has_not_succeeded);
}

Json DetailsOf(const ApiContext& context, const RunRecord& run) {
  Json after = Json::array();
  for (const RunId id : run.after) after.push_back(id.value);
  const auto place = FindQueuePlace(*context.store, run.id, Now());
  return {
      {"priority", run.priority},
      {"due_at", TimeOrNull(run.due)},
      {"retry_at", TimeOrNull(run.retry_at)},
      {"key", run.key},
      {"group", run.group ? Json(run.group->value) : Json(nullptr)},
      {"concurrency_key", run.concurrency_key},
      {"after", std::move(after)},
      {"cancel_request", run.cancel_request ? Json(ToWord(*run.cancel_request)) : Json(nullptr)},
      {"queue", place ? QueuePlaceToJson(*place) : Json(nullptr)},
      {"can",
       {{"cancel", context.actions && !IsEnded(run.state)},
        {"retry", context.actions && CanRetry(*context.store, run)},
        {"again", context.actions}}}};
}

/// The running cell is first to take of the room: it is watched.
std::vector<Json> CellsToJson(const ApiContext& context, RunId run, int attempt) {
  const std::vector<CellRecord> cells = FindCells(*context.store, run, attempt);
  std::vector<Json> shown(cells.size());
  AnswerRoom room;
  for (const bool is_running : {true, false}) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if ((cells[i].state == CellState::kRunning) != is_running) continue;
      shown[i] = CellWithOutputs(context, run, attempt, cells[i], &room);
    }
  }
  return shown;
}

/// `attempt` 0: the run has none.
Json DocumentOf(const ApiContext& context, const RunRecord& run,
                const std::vector<AttemptRecord>& attempts, int attempt) {
  const Store& store = *context.store;
  Json document{{"schema_version", 1}, {"run", RunToJson(run)}, {"attempts", Json::array()}};
  for (const AttemptRecord& one : attempts) document["attempts"].push_back(AttemptToJson(one));
  document["attempt"] = attempt;
  document["cells"] = Json::array();
  // Asked for before the outputs are read: what comes meanwhile may be told twice, not never.
  document["cursor"] =
      ToText({attempt == 0 ? 0 : LastPieceOf(store, run.id, attempt), LastReplacement(store)});
  if (attempt > 0) document["cells"] = CellsToJson(context, run.id, attempt);
  document["details"] = DetailsOf(context, run);
  return document;
}

ApiAnswer NoSuchAttempt(const RunRecord& run, const std::string& number) {
  return ApiError(
      404, fmt::format("run {} has no attempt {}: it has {}", run.id.value, number, run.attempt));
}

/// The attempt that was asked for, else the last one; nullopt: there is none.
std::optional<int> AttemptOf(const RunRecord& run, const std::optional<std::int64_t>& asked) {
  const std::int64_t number = asked.value_or(run.attempt);
  if (number < 1 || number > run.attempt) return std::nullopt;
  return static_cast<int>(number);
}

}  // namespace

ApiAnswer AnswerState(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  return JsonAnswer({{"schema_version", 1},
                     {"run", RunToJson(*run)},
                     {"attended", IsAttended(*context.store, run->id)}});
}

ApiAnswer AnswerRun(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const std::vector<AttemptRecord> attempts = FindAttempts(*context.store, run->id);
  const int last = attempts.empty() ? 0 : attempts.back().number;
  return JsonAnswer(DocumentOf(context, *run, attempts, last));
}

ApiAnswer AnswerAttempt(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const auto number = IndexIn(request.path[3]);
  const std::vector<AttemptRecord> attempts = FindAttempts(*context.store, run->id);
  const auto is_asked = [&](const AttemptRecord& attempt) { return attempt.number == number; };
  if (std::none_of(attempts.begin(), attempts.end(), is_asked)) {
    return NoSuchAttempt(*run, request.path[3]);
  }
  return JsonAnswer(DocumentOf(context, *run, attempts, *number));
}

ApiAnswer AnswerCell(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"attempt"});
  const auto asked = query.Integer("attempt", 1, 1'000'000);
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const auto attempt = AttemptOf(*run, asked);
  if (!attempt) return NoSuchAttempt(*run, std::to_string(asked.value_or(1)));
  const auto index = IndexIn(request.path[3]);
  for (const CellRecord& cell : FindCells(*context.store, run->id, *attempt)) {
    if (cell.index != index) continue;
    AnswerRoom room = kCellRoom;
    Json answer{{"schema_version", 1}, {"run", run->id.value}, {"attempt", *attempt}};
    answer["cell"] = CellWithOutputs(context, run->id, *attempt, cell, &room);
    return JsonAnswer(answer);
  }
  return ApiError(404, fmt::format("run {} has no cell {}", run->id.value, request.path[3]));
}

}  // namespace cellar
