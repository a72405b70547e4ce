#include "store/attempts.h"

#include <fmt/format.h>

#include "store/output_pieces.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

std::string NameOf(const Query& row, int pid, int host) {
  return fmt::format("process {} on {}", row.Int(pid), row.Text(host));
}

WorkerKind KindAt(const Query& row, int column) {
  const std::string word = row.Text(column);
  return word == "run" ? WorkerKind::kRun : word == "work" ? WorkerKind::kWork : WorkerKind::kServe;
}

AttemptRecord ReadAttempt(Database& database, const Query& row) {
  AttemptRecord attempt;
  attempt.number = static_cast<int>(row.Int(0));
  attempt.state = WordAt(database, row, 1, ParseRunState);
  if (!row.IsNull(2)) attempt.reason = WordAt(database, row, 2, ParseRunReason);
  attempt.message = row.Text(3);
  attempt.gateway = row.Text(4);
  attempt.kernelspec = row.Text(5);
  attempt.started_at = FromMillis(row.Int(6));
  attempt.finished_at = TimeOrNull(row, 7);
  attempt.queue = MillisOrNull(row, 8);
  attempt.kernel_start = MillisOrNull(row, 9);
  attempt.duration = MillisOrNull(row, 10);
  attempt.worker = NameOf(row, 11, 12);
  attempt.takeovers = static_cast<int>(row.Int(13));
  return attempt;
}

}  // namespace

std::vector<AttemptRecord> FindAttempts(const Store& store, RunId run) {
  Database& database = store.impl().database;
  std::vector<AttemptRecord> attempts;
  Query row = database.Prepare(R"sql(
    SELECT attempt.number, attempt.state, attempt.reason, attempt.message, attempt.gateway,
           attempt.kernelspec, attempt.started_at, attempt.finished_at, attempt.queue_ms,
           attempt.kernel_start_ms, attempt.duration_ms, worker.pid, worker.host,
           (SELECT count(*) FROM takeover WHERE takeover.attempt_id = attempt.id)
    FROM attempt JOIN worker ON worker.id = attempt.worker_id
    WHERE attempt.run_id = :run ORDER BY attempt.number
  )sql");
  row.Bind(":run", run.value);
  while (row.Step()) attempts.push_back(ReadAttempt(database, row));
  return attempts;
}

std::int64_t LastPieceOf(const Store& store, RunId run, int attempt) {
  Database& database = store.impl().database;
  const auto id = FindAttempt(database, run, attempt);
  if (!id) return 0;
  Query row = database.Prepare("SELECT max(id) FROM chunk WHERE attempt_id = :attempt");
  row.Bind(":attempt", id->value).Step();
  return row.IntOrNull(0).value_or(0);
}

std::vector<LiveWorker> FindLiveWorkers(const Store& store) {
  std::vector<LiveWorker> workers;
  Query row = store.impl().database.Prepare(R"sql(
    SELECT id, pid, host, kind,
           (SELECT count(*) FROM attempt INDEXED BY attempt_running_by_worker
            WHERE attempt.worker_id = worker.id AND attempt.state = 'running')
    FROM worker
    WHERE (kind IN ('work', 'serve') AND left_at IS NULL)
       OR id IN (SELECT worker_id FROM attempt INDEXED BY attempt_running_by_worker
                 WHERE attempt.state = 'running')
    ORDER BY id
  )sql");
  while (row.Step()) {
    const WorkerId id{row.Int(0)};
    if (!store.IsAlive(id)) continue;
    workers.push_back({id, NameOf(row, 1, 2), KindAt(row, 3), static_cast<int>(row.Int(4))});
  }
  return workers;
}

std::int64_t CountQueued(const Store& store) {
  Query row = store.impl().database.Prepare("SELECT count(*) FROM run WHERE state = 'queued'");
  row.Step();
  return row.Int(0);
}

}  // namespace cellar
