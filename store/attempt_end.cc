#include "store/attempt_end.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/error.h"
#include "store/run_ends.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

void ChangeOne(Database& database, Query& update, const AttemptEnd& end) {
  if (update.Run() == 1) return;
  throw Error(
      ErrorKind::kStore,
      fmt::format("store {}: the attempt cannot end as {}: it is not in the state that this "
                  "needs; nothing was changed",
                  database.file().string(), ToWord(end.state)));
}

void LeaveNoCellOpen(Database& database, AttemptId attempt) {
  database
      .Prepare(R"sql(
        UPDATE cell SET state = CASE state WHEN 'running' THEN 'unknown' ELSE 'not_run' END
        WHERE attempt_id = :attempt AND state IN ('running', 'pending')
      )sql")
      .Bind(":attempt", attempt.value)
      .Run();
}

/// Binds state, reason and message, which attempt and run have alike.
void BindEnd(Query& update, const AttemptEnd& end, TimePoint at) {
  update.Bind(":state", ToWord(end.state))
      .Bind(":reason", WordOrNull(end.reason))
      .Bind(":message", end.message)
      .Bind(":at", ToMillis(at));
}

RunId EndRow(Database& database, AttemptId attempt, const AttemptEnd& end, TimePoint at) {
  Query update = database.Prepare(R"sql(
    UPDATE attempt
    SET state = :state, reason = :reason, message = :message, finished_at = :at,
        duration_ms = :duration
    WHERE id = :attempt AND state = 'running'
  )sql");
  BindEnd(update, end, at);
  update.Bind(":attempt", attempt.value)
      .Bind(":duration", end.duration ? std::optional(end.duration->count()) : std::nullopt);
  ChangeOne(database, update, end);
  Query run = database.Prepare("SELECT run_id FROM attempt WHERE id = :attempt");
  run.Bind(":attempt", attempt.value).Step();
  return RunId{run.Int(0)};
}

void QueueAgain(Database& database, RunId run, const AttemptEnd& end, TimePoint at) {
  Query update = database.Prepare(R"sql(
    UPDATE run SET state = 'queued', message = :message, not_before = :retry_at,
                   ready_at = max(:at, coalesce(:retry_at, 0))
    WHERE id = :run AND state = 'running'
  )sql");
  update.Bind(":message", end.message)
      .Bind(":retry_at", end.retry_at ? std::optional(ToMillis(*end.retry_at)) : std::nullopt)
      .Bind(":at", ToMillis(at))
      .Bind(":run", run.value);
  ChangeOne(database, update, end);
}

void EndRun(Database& database, RunId run, const AttemptEnd& end, TimePoint at) {
  Query update = database.Prepare(R"sql(
    UPDATE run
    SET state = :state, reason = :reason, message = :message, finished_at = :at,
        cancel_request = NULL
    WHERE id = :run AND state = 'running'
  )sql");
  BindEnd(update, end, at);
  update.Bind(":run", run.value);
  ChangeOne(database, update, end);
  FollowRunEnd(database, run, at);
}

}  // namespace

std::optional<RunReason> EndRequestOf(Database& database, RunId run) {
  Query query = database.Prepare("SELECT cancel_request FROM run WHERE id = :run");
  if (!query.Bind(":run", run.value).Step() || query.IsNull(0)) return std::nullopt;
  return WordAt(database, query, 0, ParseRunReason);
}

void EndAttempt(Database& database, AttemptId attempt, const AttemptEnd& end, TimePoint at) {
  LeaveNoCellOpen(database, attempt);
  const RunId run = EndRow(database, attempt, end, at);
  if (!end.retries) return EndRun(database, run, end, at);
  const std::optional<RunReason> requested = EndRequestOf(database, run);
  if (!requested) return QueueAgain(database, run, end, at);
  AttemptEnd cancelled = end;
  cancelled.state = RunState::kCancelled;
  cancelled.reason = requested;
  cancelled.message = fmt::format("before another attempt; the last one failed ({}): {}",
                                  end.reason ? ToWord(*end.reason) : "", end.message);
  EndRun(database, run, cancelled, at);
}

}  // namespace cellar
