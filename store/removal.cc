#include "store/removal.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "store/contents.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

constexpr std::size_t kRunsInACommit = 50;

/// By the run that is depended on.
std::map<RunId, std::vector<RunId>> Dependants(Database& database) {
  std::map<RunId, std::vector<RunId>> dependants;
  Query query = database.Prepare("SELECT on_run_id, run_id FROM dependency");
  while (query.Step()) dependants[RunId{query.Int(0)}].push_back(RunId{query.Int(1)});
  return dependants;
}

/// Everything stored by content that the run refers to.
std::vector<std::int64_t> ContentsOf(Database& database, RunId run) {
  Query query = database.Prepare(R"sql(
    SELECT definition_id FROM run WHERE id = :run
    UNION SELECT cell.source_id FROM attempt JOIN cell ON cell.attempt_id = attempt.id
          WHERE attempt.run_id = :run
    UNION SELECT chunk.content_id FROM attempt JOIN chunk ON chunk.attempt_id = attempt.id
          WHERE attempt.run_id = :run AND chunk.content_id IS NOT NULL
  )sql");
  query.Bind(":run", run.value);
  std::vector<std::int64_t> contents;
  while (query.Step()) contents.push_back(query.Int(0));
  return contents;
}

bool MayGo(Database& database, RunId run) {
  Query query = database.Prepare(R"sql(
    SELECT 1 FROM run WHERE id = :run AND finished_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM pin WHERE run_id = :run)
      AND NOT EXISTS (SELECT 1 FROM dependency WHERE on_run_id = :run)
      AND NOT EXISTS (SELECT 1 FROM attempt JOIN kernel ON kernel.attempt_id = attempt.id
                      WHERE attempt.run_id = :run AND kernel.state <> 'gone')
  )sql");
  return query.Bind(":run", run.value).Step();
}

/// What belongs to the run goes with it (ON DELETE CASCADE); kernels and contents are others'.
bool RemoveOne(Database& database, RunId run) {
  if (!MayGo(database, run)) return false;
  const std::vector<std::int64_t> contents = ContentsOf(database, run);
  database
      .Prepare(R"sql(
        DELETE FROM kernel WHERE attempt_id IN (SELECT id FROM attempt WHERE run_id = :run)
      )sql")
      .Bind(":run", run.value)
      .Run();
  database.Prepare("DELETE FROM run WHERE id = :run").Bind(":run", run.value).Run();
  for (const std::int64_t content : contents) DropContent(database, content);
  return true;
}

void RemoveEmptyGroups(Database& database) {
  WriteTransaction transaction(database);
  database.Execute(
      "DELETE FROM run_group WHERE NOT EXISTS (SELECT 1 FROM run WHERE group_id = run_group.id)");
  transaction.Commit();
}

std::int64_t AskPragma(Database& database, const char* pragma) {
  Query query = database.PrepareOnce(pragma);
  query.Step();
  return query.Int(0);
}

/// Writes the file anew, as one that can be made smaller. Held as by any writer: no checkpoint of
/// ours runs meanwhile.
void MakeIncremental(Database& database) {
  if (!database.lock().Lock(0, LockFile::Kind::kShared, database.patience())) {
    database.FailLocked();
  }
  try {
    database.Execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  } catch (...) {
    database.lock().Unlock(0);
    throw;
  }
  database.lock().Unlock(0);
}

}  // namespace

std::vector<RunId> FindRemovable(const Store& store, const RemovalRule& rule) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  const std::map<RunId, std::vector<RunId>> dependants = Dependants(database);
  Query query = database.Prepare(R"sql(
    SELECT id FROM (SELECT id, finished_at,
                           row_number() OVER (PARTITION BY job ORDER BY id DESC) AS place
                    FROM run
                    WHERE finished_at IS NOT NULL AND (:job = '' OR job = :job))
    WHERE place > :keep_last AND finished_at < :before
      AND NOT EXISTS (SELECT 1 FROM pin WHERE run_id = id)
      AND id NOT IN (SELECT attempt.run_id FROM kernel JOIN attempt ON attempt.id = kernel.attempt_id
                     WHERE kernel.state <> 'gone')
    ORDER BY id DESC
  )sql");
  query.Bind(":job", rule.job).Bind(":keep_last", std::int64_t{rule.keep_last});
  query.Bind(":before", rule.finished_before ? ToMillis(*rule.finished_before) : INT64_MAX);
  std::vector<RunId> runs;
  std::set<RunId> chosen;
  while (query.Step()) {
    const RunId run{query.Int(0)};
    const auto found = dependants.find(run);  // they are younger: decided on already
    const bool stays = found != dependants.end() &&
                       std::any_of(found->second.begin(), found->second.end(),
                                   [&](RunId dependant) { return !chosen.contains(dependant); });
    if (stays) continue;
    chosen.insert(run);
    runs.push_back(run);
  }
  return runs;
}

std::vector<RunId> RemoveRuns(Store& store, std::vector<RunId> runs) {
  Database& database = store.impl().database;
  std::sort(runs.begin(), runs.end(), std::greater<>());  // those that depend on others first
  std::vector<RunId> removed;
  for (std::size_t first = 0; first < runs.size(); first += kRunsInACommit) {
    const std::size_t end = std::min(first + kRunsInACommit, runs.size());
    WriteTransaction transaction(database);
    std::vector<RunId> gone;
    for (std::size_t i = first; i < end; ++i) {
      if (RemoveOne(database, runs[i])) gone.push_back(runs[i]);
    }
    transaction.Commit();
    removed.insert(removed.end(), gone.begin(), gone.end());
    database.BoundWal();
  }
  if (!removed.empty()) RemoveEmptyGroups(database);
  return removed;
}

void GiveBackSpace(Store& store) {
  Database& database = store.impl().database;
  constexpr std::int64_t kIncremental = 2;  // sqlite.org/pragma.html#pragma_auto_vacuum
  // Otherwise somebody has put the file together anew, with `.dump` as it may be.
  if (AskPragma(database, "PRAGMA auto_vacuum") != kIncremental) MakeIncremental(database);
  std::int64_t left = AskPragma(database, "PRAGMA freelist_count");
  while (left > 0) {
    WriteTransaction transaction(database, Durability::kProcessDeath);
    database.Execute("PRAGMA incremental_vacuum (1000)");
    transaction.Commit();
    database.BoundWal();
    const std::int64_t now = AskPragma(database, "PRAGMA freelist_count");
    if (now >= left) break;
    left = now;
  }
  database.Checkpoint(true);
}

std::vector<RunSize> SizesOfRuns(const Store& store, const std::string& job) {
  Query query = store.impl().database.Prepare(R"sql(
    SELECT run.id, run.job,
           (SELECT coalesce(sum(coalesce(length(chunk.data), length(content.data))), 0)
            FROM attempt JOIN chunk ON chunk.attempt_id = attempt.id
                         LEFT JOIN content ON content.id = chunk.content_id
            WHERE attempt.run_id = run.id)
    FROM run WHERE :job = '' OR run.job = :job
  )sql");
  query.Bind(":job", job);
  std::vector<RunSize> sizes;
  while (query.Step()) {
    sizes.push_back({RunId{query.Int(0)}, query.Text(1), static_cast<std::uint64_t>(query.Int(2))});
  }
  return sizes;
}

std::uint64_t StoreSize(const Store& store) {
  Database& database = store.impl().database;
  return static_cast<std::uint64_t>(AskPragma(database, "PRAGMA page_count") *
                                    AskPragma(database, "PRAGMA page_size"));
}

}  // namespace cellar
