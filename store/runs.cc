// Claiming.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "store/contents.h"
#include "store/definition.h"
#include "store/queue_sql.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {

const char* const kClaimSql = R"sql(
  UPDATE run SET state = 'running', attempt = attempt + 1
  WHERE id = :run AND state = 'queued' AND waits_for = 0
    AND (not_before IS NULL OR not_before <= :now OR reserved_by = :worker)
    AND (concurrency_key IS NULL OR concurrency_limit >
         (SELECT count(*) FROM run AS other INDEXED BY run_running_by_concurrency
          WHERE other.state = 'running' AND other.concurrency_key = run.concurrency_key))
    AND (:most IS NULL OR :most >
         (SELECT count(*) FROM attempt AS other INDEXED BY attempt_running
          WHERE other.state = 'running' AND other.gateway = :gateway))
  RETURNING attempt, definition_id, parameters, ready_at
)sql";

namespace {

void InsertCells(Database& database, AttemptId attempt, const std::vector<Cell>& cells) {
  Query insert = database.Prepare(R"sql(
    INSERT INTO cell (attempt_id, cell_index, name, kind, source_id, file, line, state)
    VALUES (:attempt, :index, :name, :kind, :source, :file, :line, 'pending')
  )sql");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    insert.Bind(":attempt", attempt.value)
        .Bind(":index", static_cast<std::int64_t>(i))
        .Bind(":name", cell.name)
        .Bind(":kind", ToWord(cell.kind))
        .Bind(":source", StoreContent(database, cell.source))
        .Bind(":file", cell.file)
        .Bind(":line", std::int64_t{cell.line})
        .Run();
  }
}

AttemptId InsertAttempt(Database& database, RunId run, std::int64_t number, WorkerId worker,
                        const std::string& gateway, TimePoint now, TimePoint ready_at) {
  const auto queue = std::max<std::int64_t>(0, ToMillis(now) - ToMillis(ready_at));
  database
      .Prepare(R"sql(
        INSERT INTO attempt (run_id, number, worker_id, state, gateway, started_at, queue_ms)
        VALUES (:run, :number, :worker, 'running', nullif(:gateway, ''), :now, :queue)
      )sql")
      .Bind(":run", run.value)
      .Bind(":number", number)
      .Bind(":worker", worker.value)
      .Bind(":gateway", gateway)
      .Bind(":now", ToMillis(now))
      .Bind(":queue", static_cast<double>(queue))
      .Run();
  return AttemptId{database.LastInsertId()};
}

/// Whom the run is kept for.
std::optional<WorkerId> ReserverOf(Database& database, RunId run) {
  Query query = database.Prepare("SELECT reserved_by FROM run WHERE id = :run");
  if (!query.Bind(":run", run.value).Step() || query.IsNull(0)) return std::nullopt;
  return WorkerId{query.Int(0)};
}

}  // namespace

std::optional<Claim> Store::ClaimRun(RunId run, TimePoint now, const ClaimPlace& place) {
  const WorkerId worker = RegisterWorker();
  Database& database = impl_->database;
  WriteTransaction transaction(database, Durability::kProcessDeath);
  const std::optional<WorkerId> reserver = ReserverOf(database, run);
  if (reserver && reserver != worker && IsAlive(*reserver)) return std::nullopt;
  Query claim = database.Prepare(kClaimSql);
  claim.Bind(":run", run.value)
      .Bind(":now", ToMillis(now))
      .Bind(":worker", worker.value)
      .Bind(":gateway", place.gateway)
      .Bind(":most", place.most ? std::optional<std::int64_t>(*place.most) : std::nullopt);
  if (!claim.Step()) return std::nullopt;
  const std::int64_t number = claim.Int(0);
  Job job = ReadDefinition(database, claim.Int(1), claim.Text(2));
  const TimePoint ready_at = FromMillis(claim.Int(3));
  claim.Step();  // to its end
  const AttemptId attempt =
      InsertAttempt(database, run, number, worker, place.gateway, now, ready_at);
  InsertCells(database, attempt, job.cells);
  claim.Reset();
  transaction.Commit();
  return Claim{attempt, run, static_cast<int>(number), std::move(job)};
}

}  // namespace cellar
