#include "store/run_control.h"

#include "jobs/error.h"
#include "store/bell.h"
#include "store/run_ends.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

std::optional<RunState> StateOf(Database& database, RunId run) {
  Query query = database.Prepare("SELECT state FROM run WHERE id = :run");
  if (!query.Bind(":run", run.value).Step()) return std::nullopt;
  return WordAt(database, query, 0, ParseRunState);
}

CancelResult Cancel(Database& database, RunId run, TimePoint now) {
  if (CancelQueued(database, run, RunReason::kByUser, "", now)) return CancelResult::kCancelled;
  // A person's word stands before that of an overlap.
  const int requested =
      database
          .Prepare(
              "UPDATE run SET cancel_request = 'by_user' WHERE id = :run AND state = 'running'")
          .Bind(":run", run.value)
          .Run();
  if (requested == 1) return CancelResult::kRequested;
  return StateOf(database, run) ? CancelResult::kHadEnded : CancelResult::kNoSuchRun;
}

bool HasFailedDependency(Database& database, RunId run) {
  Query query = database.Prepare(R"sql(
    SELECT 1 FROM dependency JOIN run AS other ON other.id = dependency.on_run_id
    WHERE dependency.run_id = :run AND other.state IN ('failed', 'cancelled') LIMIT 1
  )sql");
  return query.Bind(":run", run.value).Step();
}

RequeueResult Requeue(Database& database, RunId run, TimePoint now) {
  const std::optional<RunState> state = StateOf(database, run);
  if (!state) return RequeueResult::kNoSuchRun;
  if (!IsEnded(*state)) return RequeueResult::kNotEnded;
  if (*state == RunState::kSucceeded) return RequeueResult::kHadSucceeded;
  if (HasFailedDependency(database, run)) return RequeueResult::kDependency;
  database
      .Prepare(R"sql(
        UPDATE run SET state = 'queued', reason = NULL, message = '', finished_at = NULL,
                       not_before = NULL, ready_at = :now, reserved_by = NULL
        WHERE id = :run AND state IN ('failed', 'cancelled')
      )sql")
      .Bind(":run", run.value)
      .Bind(":now", ToMillis(now))
      .Run();
  CountDependencies(database, run);
  return RequeueResult::kQueued;
}

bool HasQueueWorker(const Store& store) {
  Query query = store.impl().database.Prepare(
      "SELECT id FROM worker WHERE kind IN ('work', 'serve') AND left_at IS NULL ORDER BY id DESC");
  while (query.Step()) {
    if (store.IsAlive(WorkerId{query.Int(0)})) return true;
  }
  return false;
}

}  // namespace

std::vector<CancelResult> CancelRuns(Store& store, const std::vector<RunId>& runs, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  std::vector<CancelResult> results;
  for (const RunId run : runs) results.push_back(Cancel(database, run, now));
  transaction.Commit();
  Ring(store);
  return results;
}

CancelResult CancelRun(Store& store, RunId run, TimePoint now) {
  return CancelRuns(store, {run}, now).front();
}

void Unclaim(Store& store, AttemptId attempt, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  Query claimed = database.Prepare(R"sql(
    SELECT run.id, run.cancel_request FROM attempt JOIN run ON run.id = attempt.run_id
    WHERE attempt.id = :attempt AND attempt.worker_id = :worker AND attempt.state = 'running'
      AND NOT EXISTS (SELECT 1 FROM cell
                      WHERE cell.attempt_id = attempt.id AND cell.started_at IS NOT NULL)
  )sql");
  claimed.Bind(":attempt", attempt.value).Bind(":worker", store.impl().worker.value().value);
  if (!claimed.Step()) {
    throw Error(ErrorKind::kClaimLost, "an attempt is no longer this worker's to give back");
  }
  const RunId run{claimed.Int(0)};
  std::optional<RunReason> request;
  if (!claimed.IsNull(1)) request = WordAt(database, claimed, 1, ParseRunReason);
  database.Prepare("DELETE FROM attempt WHERE id = :attempt").Bind(":attempt", attempt.value).Run();
  database
      .Prepare(
          "UPDATE run SET state = 'queued', attempt = attempt - 1, cancel_request = NULL "
          "WHERE id = :run")
      .Bind(":run", run.value)
      .Run();
  if (request) CancelQueued(database, run, *request, "", now);
  transaction.Commit();
  Ring(store);
}

std::vector<CancelRequest> CancelRequests(const Store& store) {
  std::vector<CancelRequest> requests;
  Database& database = store.impl().database;
  if (!store.impl().worker) return requests;
  Query query = database.Prepare(R"sql(
    SELECT run.id, attempt.id, run.cancel_request
    FROM attempt INDEXED BY attempt_running_by_worker JOIN run ON run.id = attempt.run_id
    WHERE attempt.worker_id = :worker AND attempt.state = 'running'
      AND run.cancel_request IS NOT NULL
  )sql");
  query.Bind(":worker", store.impl().worker->value);
  while (query.Step()) {
    requests.push_back(
        {RunId{query.Int(0)}, AttemptId{query.Int(1)}, WordAt(database, query, 2, ParseRunReason)});
  }
  return requests;
}

RequeueResult RequeueRun(Store& store, RunId run, TimePoint now) {
  return RequeueRuns(store, {run}, now).front();
}

std::vector<RequeueResult> RequeueRuns(Store& store, const std::vector<RunId>& runs,
                                       TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  std::vector<RequeueResult> results;
  bool all = true;
  for (const RunId run : runs) {
    results.push_back(Requeue(database, run, now));
    all = all && results.back() == RequeueResult::kQueued;
  }
  if (!all) return results;  // rolled back
  transaction.Commit();
  Ring(store);
  return results;
}

bool IsAttended(const Store& store, RunId run) {
  Query own = store.impl().database.Prepare(R"sql(
    SELECT coalesce(attempt.worker_id, run.reserved_by), run.state
    FROM run LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.state = 'running'
    WHERE run.id = :run
  )sql");
  if (!own.Bind(":run", run.value).Step()) return false;
  const std::string state = own.Text(1);
  if (state != "queued" && state != "running") return true;
  if (!own.IsNull(0) && store.IsAlive(WorkerId{own.Int(0)})) return true;
  return state == "queued" && HasQueueWorker(store);
}

int DeathsWithin(const Store& store, RunId run, TimePoint since, EndingAttempt ending) {
  // An attempt that ended as `interrupted` because its worker died is one death, not two.
  Query query = store.impl().database.Prepare(R"sql(
    WITH ended AS (
      SELECT id, CASE WHEN id = :ending THEN :ending_reason ELSE reason END AS reason,
             id = :ending OR finished_at >= :since AS is_new
      FROM attempt WHERE run_id = :run
    ), deaths AS (
      SELECT attempt_id, count(*) AS count FROM takeover
      WHERE died = 1 AND at >= :since AND attempt_id IN (SELECT id FROM ended)
      GROUP BY attempt_id
    )
    SELECT coalesce(sum(reason IS 'kernel_died' AND is_new IS 1), 0)
         + coalesce(sum(max(coalesce(deaths.count, 0), reason IS 'interrupted' AND is_new IS 1)), 0)
    FROM ended LEFT JOIN deaths ON deaths.attempt_id = ended.id
  )sql");
  query.Bind(":run", run.value)
      .Bind(":since", ToMillis(since))
      .Bind(":ending", ending.attempt.value)
      .Bind(":ending_reason", WordOrNull(ending.reason))
      .Step();
  return static_cast<int>(query.Int(0));
}

}  // namespace cellar
