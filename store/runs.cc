// Submitting, claiming, and ending what dead workers left.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/contents.h"
#include "store/definition.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
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
                        TimePoint now, TimePoint submitted_at) {
  const auto queue = std::max<std::int64_t>(0, ToMillis(now) - ToMillis(submitted_at));
  database
      .Prepare(R"sql(
        INSERT INTO attempt (run_id, number, worker_id, state, started_at, queue_ms)
        VALUES (:run, :number, :worker, 'running', :now, :queue)
      )sql")
      .Bind(":run", run.value)
      .Bind(":number", number)
      .Bind(":worker", worker.value)
      .Bind(":now", ToMillis(now))
      .Bind(":queue", static_cast<double>(queue))
      .Run();
  return AttemptId{database.LastInsertId()};
}

std::vector<WorkerId> WorkersWithAttempts(Database& database) {
  std::vector<WorkerId> workers;
  Query query = database.Prepare(
      "SELECT DISTINCT worker_id FROM attempt INDEXED BY attempt_running_by_worker "
      "WHERE state = 'running'");
  while (query.Step()) workers.push_back(WorkerId{query.Int(0)});
  return workers;
}

void EndCellsOfDeadWorker(Database& database, WorkerId worker) {
  database
      .Prepare(R"sql(
        UPDATE cell SET state = CASE state WHEN 'running' THEN 'unknown' ELSE 'not_run' END
        WHERE state IN ('running', 'pending') AND attempt_id IN
          (SELECT id FROM attempt WHERE worker_id = :worker AND state = 'running')
      )sql")
      .Bind(":worker", worker.value)
      .Run();
}

std::vector<RunId> EndAttemptsOf(Database& database, WorkerId worker, TimePoint now) {
  EndCellsOfDeadWorker(database, worker);
  std::vector<RunId> runs;
  Query end = database.Prepare(R"sql(
    UPDATE attempt
    SET state = 'failed', reason = 'interrupted', finished_at = :now,
        message = (SELECT 'its Cellar (process ' || pid || ' on ' || host
                          || ') ended without finishing it' FROM worker WHERE id = worker_id)
    WHERE worker_id = :worker AND state = 'running'
    RETURNING run_id
  )sql");
  end.Bind(":worker", worker.value).Bind(":now", ToMillis(now));
  while (end.Step()) runs.push_back(RunId{end.Int(0)});
  Query end_run = database.Prepare(R"sql(
    UPDATE run
    SET state = 'failed', reason = 'interrupted', finished_at = :now,
        message = (SELECT message FROM attempt
                   WHERE attempt.run_id = run.id AND attempt.number = run.attempt)
    WHERE id = :run AND state = 'running'
  )sql");
  for (const RunId run : runs) {
    end_run.Bind(":run", run.value).Bind(":now", ToMillis(now)).Run();
  }
  return runs;
}

}  // namespace

RunId Store::AddRun(const NewRun& run, TimePoint now) {
  Database& database = impl_->database;
  const Definition definition = ToDefinition(run.job);
  const nlohmann::json tags = run.job.tags;
  WriteTransaction transaction(database);
  database
      .Prepare(R"sql(
        INSERT INTO run (job, state, submitted_at, gateway, kernelspec, job_file, job_sha256,
                         definition_id, tags, parameters)
        VALUES (:job, 'queued', :now, :gateway, :kernelspec, :job_file, :job_sha256,
                :definition, :tags, :parameters)
      )sql")
      .Bind(":job", run.job.name)
      .Bind(":now", ToMillis(now))
      .Bind(":gateway", run.job.gateway)
      .Bind(":kernelspec", run.job.kernel)
      .Bind(":job_file", run.job_file)
      .Bind(":job_sha256", run.job_sha256)
      .Bind(":definition", StoreContent(database, definition.text))
      .Bind(":tags", tags.empty() ? "[]" : tags.dump())
      .Bind(":parameters", definition.parameters)
      .Run();
  const RunId id{database.LastInsertId()};
  Query tag_it =
      database.Prepare("INSERT OR IGNORE INTO run_tag (tag, run_id) VALUES (:tag, :run)");
  for (const std::string& tag : run.job.tags) {
    tag_it.Bind(":tag", tag).Bind(":run", id.value).Run();
  }
  transaction.Commit();
  return id;
}

std::optional<Claim> Store::ClaimRun(RunId run, TimePoint now) {
  const WorkerId worker = RegisterWorker();
  Database& database = impl_->database;
  WriteTransaction transaction(database);
  Query claim = database.Prepare(R"sql(
    UPDATE run SET state = 'running', attempt = attempt + 1
    WHERE id = :run AND state = 'queued'
    RETURNING attempt, definition_id, parameters, submitted_at
  )sql");
  if (!claim.Bind(":run", run.value).Step()) return std::nullopt;
  const std::int64_t number = claim.Int(0);
  Job job = ReadDefinition(database, claim.Int(1), claim.Text(2));
  const TimePoint submitted_at = FromMillis(claim.Int(3));
  claim.Step();  // to its end
  const AttemptId attempt = InsertAttempt(database, run, number, worker, now, submitted_at);
  InsertCells(database, attempt, job.cells);
  claim.Reset();
  transaction.Commit();
  return Claim{attempt, run, static_cast<int>(number), std::move(job)};
}

std::vector<RunId> Store::EndAttemptsOfDeadWorkers(TimePoint now) {
  Database& database = impl_->database;
  std::vector<RunId> ended;
  if (WorkersWithAttempts(database).empty()) return ended;
  WriteTransaction transaction(database);
  for (const WorkerId worker : WorkersWithAttempts(database)) {
    if (IsAlive(worker)) continue;
    const std::vector<RunId> runs = EndAttemptsOf(database, worker, now);
    ended.insert(ended.end(), runs.begin(), runs.end());
  }
  transaction.Commit();
  return ended;
}

}  // namespace cellar
