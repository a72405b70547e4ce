#include "store/adoption.h"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <utility>

#include "jobs/error.h"
#include "store/attempt_end.h"
#include "store/bell.h"
#include "store/contents.h"
#include "store/definition.h"
#include "store/kernels.h"
#include "store/lock_file.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

/// A running attempt whose worker is gone.
struct Orphan {
  AttemptId attempt;
  RunId run;
  WorkerId worker;
  std::string worker_name;
  bool was_left = false;
  std::string gateway;  // of its kernel; empty: none was chosen
};

/// In the file that has its name now our own byte must be held, by this process. Else it is not
/// that of the others, and every one of them would seem to be dead.
void RequireLockFile(const Store& store) {
  const auto worker = store.impl().worker;
  if (!worker || LockFile(store.file(), false).IsHeldByAnother(worker->value)) return;
  throw Error(ErrorKind::kStore,
              fmt::format("store {0}: its lock file {0}.lock was removed or replaced, so that its "
                          "workers cannot see each other; end all that use it, then start again",
                          store.file().string()));
}

std::vector<Orphan> FindOrphans(const Store& store, WorkersOf which) {
  std::vector<Orphan> orphans;
  Query query = store.impl().database.Prepare(R"sql(
    SELECT attempt.id, attempt.run_id, worker.id, worker.pid, worker.host, worker.left_at,
           coalesce((SELECT gateway FROM kernel WHERE attempt_id = attempt.id AND state <> 'gone'
                     ORDER BY id DESC LIMIT 1), attempt.gateway, '')
    FROM attempt INDEXED BY attempt_running_by_worker JOIN worker ON worker.id = attempt.worker_id
    WHERE attempt.state = 'running'
      AND CASE :which WHEN 'foreground' THEN worker.kind = 'run'
                      WHEN 'queue' THEN worker.kind <> 'run' ELSE 1 END
    ORDER BY attempt.id
  )sql");
  query.Bind(":which", std::string_view(which == WorkersOf::kForeground ? "foreground"
                                        : which == WorkersOf::kQueue    ? "queue"
                                                                        : "all"));
  while (query.Step()) {
    const WorkerId worker{query.Int(2)};
    if (store.IsAlive(worker)) continue;
    RequireLockFile(store);
    orphans.push_back({AttemptId{query.Int(0)}, RunId{query.Int(1)}, worker,
                       fmt::format("process {} on {}", query.Int(3), query.Text(4)),
                       !query.IsNull(5), query.Text(6)});
  }
  return orphans;
}

void RecordTakeover(Database& database, const Orphan& orphan, TimePoint now) {
  database
      .Prepare(R"sql(
        INSERT INTO takeover (attempt_id, worker_id, died, at)
        VALUES (:attempt, :worker, :died, :now)
      )sql")
      .Bind(":attempt", orphan.attempt.value)
      .Bind(":worker", orphan.worker.value)
      .Bind(":died", std::int64_t{!orphan.was_left})
      .Bind(":now", ToMillis(now))
      .Run();
}

/// False: another worker was faster.
bool TakeOver(Database& database, const Orphan& orphan, WorkerId worker, TimePoint now) {
  WriteTransaction transaction(database, Durability::kProcessDeath);
  const int taken = database
                        .Prepare(R"sql(
                          UPDATE attempt SET worker_id = :worker
                          WHERE id = :attempt AND worker_id = :former AND state = 'running'
                        )sql")
                        .Bind(":worker", worker.value)
                        .Bind(":attempt", orphan.attempt.value)
                        .Bind(":former", orphan.worker.value)
                        .Run();
  if (taken != 1) return false;
  database
      .Prepare(R"sql(
        UPDATE kernel SET worker_id = :worker
        WHERE id = (SELECT max(id) FROM kernel WHERE attempt_id = :attempt AND state <> 'gone')
      )sql")
      .Bind(":worker", worker.value)
      .Bind(":attempt", orphan.attempt.value)
      .Run();
  RecordTakeover(database, orphan, now);
  transaction.Commit();
  return true;
}

void ReadAdopted(Database& database, AdoptedAttempt* adopted) {
  Query query = database.Prepare(R"sql(
    SELECT attempt.number, attempt.gateway, attempt.kernelspec, attempt.started_at,
           attempt.kernel_start_ms, run.definition_id, run.parameters
    FROM attempt JOIN run ON run.id = attempt.run_id WHERE attempt.id = :attempt
  )sql");
  query.Bind(":attempt", adopted->claim.attempt.value).Step();
  adopted->claim.number = static_cast<int>(query.Int(0));
  adopted->place = {query.Text(1), query.Text(2)};
  adopted->started_at = FromMillis(query.Int(3));
  adopted->kernel_start = MillisOrNull(query, 4);
  adopted->claim.job = ReadDefinition(database, query.Int(5), query.Text(6));
}

/// The parameter cell as Attempt puts it into its job.
void InsertParameterCell(Database& database, std::size_t index, std::int64_t source, Job* job) {
  Cell cell;
  cell.kind = CellKind::kParameters;
  cell.name = "parameters";
  cell.source = ReadContent(database, source);
  job->cells.insert(job->cells.begin() + static_cast<std::ptrdiff_t>(index), std::move(cell));
}

void ReadCells(Database& database, AdoptedAttempt* adopted) {
  Query query = database.Prepare(R"sql(
    SELECT cell.kind, cell.state, cell.msg_id, cell.ws_session_id, cell.started_at, cell.source_id,
           coalesce(last.number + 1, 0), last.cleared, last.type, last.stream_name
    FROM cell LEFT JOIN output AS last ON last.cell_id = cell.id
         AND last.number = (SELECT max(number) FROM output WHERE cell_id = cell.id)
    WHERE cell.attempt_id = :attempt ORDER BY cell.cell_index
  )sql");
  query.Bind(":attempt", adopted->claim.attempt.value);
  while (query.Step()) {
    AdoptedCell cell;
    cell.kind = WordAt(database, query, 0, ParseCellKind);
    cell.state = WordAt(database, query, 1, ParseCellState);
    cell.msg_id = query.Text(2);
    cell.ws_session_id = query.Text(3);
    cell.started_at = TimeOrNull(query, 4);
    if (cell.kind == CellKind::kParameters) {
      InsertParameterCell(database, adopted->cells.size(), query.Int(5), &adopted->claim.job);
    }
    cell.outputs = static_cast<int>(query.Int(6));
    if (cell.outputs > 0 && query.Int(7) == 0) {
      cell.last_type = WordAt(database, query, 8, ParseOutputType);
      cell.last_stream = query.Text(9);
    }
    adopted->cells.push_back(std::move(cell));
  }
  if (adopted->cells.size() != adopted->claim.job.cells.size()) {
    database.FailDamaged("the cells of an attempt are not those of its job");
  }
}

std::optional<int> ExecutionCountOf(Database& database, std::int64_t output) {
  Query query = database.Prepare(R"sql(
    SELECT coalesce(chunk.encoding, content.encoding), coalesce(chunk.data, content.data),
           chunk.size
    FROM chunk LEFT JOIN content ON content.id = chunk.content_id WHERE chunk.output_id = :output
  )sql");
  if (!query.Bind(":output", output).Step()) return std::nullopt;
  const nlohmann::ordered_json body =
      ParseStored(database, UnpackOrFail(database, query.Text(0), query.Text(1),
                                         static_cast<std::uint64_t>(query.Int(2))));
  const auto count = body.find("execution_count");
  if (count == body.end() || !count->is_number_integer()) return std::nullopt;
  return count->get<int>();
}

void ReadDisplays(Database& database, AdoptedAttempt* adopted) {
  Query query = database.Prepare(R"sql(
    SELECT output.display_id, cell.cell_index, output.number, output.type, output.id
    FROM cell JOIN output ON output.cell_id = cell.id
    WHERE cell.attempt_id = :attempt AND output.display_id IS NOT NULL AND output.cleared = 0
    ORDER BY cell.cell_index, output.number
  )sql");
  query.Bind(":attempt", adopted->claim.attempt.value);
  while (query.Step()) {
    AdoptedDisplay display{query.Text(0), static_cast<int>(query.Int(1)),
                           static_cast<int>(query.Int(2)),
                           WordAt(database, query, 3, ParseOutputType), std::nullopt};
    if (display.type == OutputType::kExecuteResult) {
      display.execution_count = ExecutionCountOf(database, query.Int(4));
    }
    adopted->displays.push_back(std::move(display));
  }
}

AdoptedAttempt Read(Store& store, const Orphan& orphan) {
  Database& database = store.impl().database;
  AdoptedAttempt adopted;
  adopted.claim.attempt = orphan.attempt;
  adopted.claim.run = orphan.run;
  adopted.former_worker = orphan.worker_name;
  adopted.was_left = orphan.was_left;
  ReadAdopted(database, &adopted);
  ReadCells(database, &adopted);
  ReadDisplays(database, &adopted);
  // Earlier ones, whose creation failed or was never answered, are left when the attempt ends.
  std::vector<KernelRecord> kernels = FindKernels(store, orphan.attempt);
  if (!kernels.empty()) adopted.kernel = std::move(kernels.back());
  return adopted;
}

void EndOrphan(Database& database, const Orphan& orphan, TimePoint now) {
  AttemptEnd end;
  end.state = RunState::kFailed;
  end.reason = RunReason::kInterrupted;
  end.message = fmt::format("its Cellar ({}) ended without finishing it", orphan.worker_name);
  end.duration = std::nullopt;
  if (const auto request = EndRequestOf(database, orphan.run)) {
    end.state = RunState::kCancelled;
    end.reason = request;
  }
  EndAttempt(database, orphan.attempt, end, now);
  RecordTakeover(database, orphan, now);
}

/// In one commit, of those that are orphans still.
std::vector<RunId> EndOrphans(Store& store, TimePoint now, WorkersOf which,
                              const std::function<bool(const Orphan& orphan)>& is_to_end) {
  std::vector<RunId> ended;
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  for (const Orphan& orphan : FindOrphans(store, which)) {
    if (!is_to_end(orphan)) continue;
    EndOrphan(database, orphan, now);
    ended.push_back(orphan.run);
  }
  transaction.Commit();
  if (!ended.empty()) Ring(store);
  return ended;
}

}  // namespace

std::vector<AdoptedAttempt> AdoptAttempts(Store& store, TimePoint now, WorkersOf which,
                                          const MayAdopt& may_adopt) {
  std::vector<AdoptedAttempt> adopted;
  const std::vector<Orphan> orphans = FindOrphans(store, which);
  if (orphans.empty()) return adopted;
  const WorkerId worker = store.RegisterWorker();
  Database& database = store.impl().database;
  std::set<RunId> to_end;
  for (const Orphan& orphan : orphans) {
    if (may_adopt && !may_adopt(orphan.run, orphan.gateway)) {
      if (EndRequestOf(database, orphan.run)) to_end.insert(orphan.run);
    } else if (TakeOver(database, orphan, worker, now)) {
      adopted.push_back(Read(store, orphan));
    }
  }
  if (!to_end.empty()) {
    EndOrphans(store, now, which,
               [&](const Orphan& orphan) { return to_end.contains(orphan.run); });
  }
  return adopted;
}

std::vector<RunId> Store::EndAttemptsOfDeadWorkers(TimePoint now, WorkersOf which) {
  if (FindOrphans(*this, which).empty()) return {};
  return EndOrphans(*this, now, which, [](const Orphan&) { return true; });
}

void HandOver(Store& store, TimePoint now) {
  if (!store.impl().worker) return;
  Database& database = store.impl().database;
  WriteTransaction transaction(database, Durability::kProcessDeath);
  database.Prepare("UPDATE worker SET left_at = :now WHERE id = :worker")
      .Bind(":now", ToMillis(now))
      .Bind(":worker", store.impl().worker->value)
      .Run();
  transaction.Commit();
}

}  // namespace cellar
