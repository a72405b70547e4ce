#include "store/history.h"

#include <fmt/format.h>

#include "store/definition.h"
#include "store/run_selection.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRunColumns = R"sql(
  SELECT run.id, run.job, run.state, run.reason, run.message, run.parameters, run.tags,
         coalesce(attempt.gateway, run.gateway), coalesce(attempt.kernelspec, run.kernelspec),
         run.attempt, run.submitted_at, attempt.started_at, run.finished_at, attempt.queue_ms,
         attempt.kernel_start_ms, attempt.duration_ms, run.job_file, run.job_sha256, run.priority,
         run.due_at, CASE WHEN run.state = 'queued' AND run.attempt > 0 THEN run.not_before END,
         run.key, run.group_id,
         CASE WHEN run.concurrency_limit < 2147483647 THEN run.concurrency_key END,
         run.cancel_request,
         (SELECT json_group_array(on_run_id) FROM dependency WHERE dependency.run_id = run.id),
         EXISTS (SELECT 1 FROM pin WHERE pin.run_id = run.id)
)sql";
constexpr const char* kLastAttemptSql =
    " LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt";

RunRecord ReadRun(const Database& database, const Query& row) {
  RunRecord run;
  run.id = RunId{row.Int(0)};
  run.job = row.Text(1);
  run.state = WordAt(database, row, 2, ParseRunState);
  if (!row.IsNull(3)) run.reason = WordAt(database, row, 3, ParseRunReason);
  run.message = row.Text(4);
  run.parameters = ParseStored(database, row.Text(5));
  for (const Json& tag : ParseStored(database, row.Text(6))) run.tags.push_back(tag);
  run.gateway = row.Text(7);
  run.kernelspec = row.Text(8);
  run.attempt = static_cast<int>(row.Int(9));
  run.submitted_at = FromMillis(row.Int(10));
  run.started_at = TimeOrNull(row, 11);
  run.finished_at = TimeOrNull(row, 12);
  run.queue = MillisOrNull(row, 13);
  run.kernel_start = MillisOrNull(row, 14);
  run.duration = MillisOrNull(row, 15);
  run.job_file = row.Text(16);
  run.job_sha256 = row.Text(17);
  run.priority = static_cast<int>(row.Int(18));
  run.due = TimeOrNull(row, 19);
  run.retry_at = TimeOrNull(row, 20);
  run.key = row.Text(21);
  if (!row.IsNull(22)) run.group = GroupId{row.Int(22)};
  run.concurrency_key = row.Text(23);
  if (!row.IsNull(24)) run.cancel_request = WordAt(database, row, 24, ParseRunReason);
  for (const Json& other : ParseStored(database, row.Text(25))) run.after.push_back(RunId{other});
  run.is_pinned = row.Int(26) == 1;
  return run;
}

}  // namespace

std::vector<RunRecord> FindRuns(const Store& store, const RunFilter& filter) {
  Database& database = store.impl().database;
  Query query = database.PrepareOnce(fmt::format("{}{} ORDER BY {} DESC LIMIT :limit", kRunColumns,
                                                 SelectionOf(filter), NumberColumn(filter)));
  BindFilter(filter, query);
  query.Bind(":limit", filter.limit > 0 ? std::int64_t{filter.limit} : std::int64_t{-1});
  std::vector<RunRecord> runs;
  while (query.Step()) runs.push_back(ReadRun(database, query));
  return runs;
}

std::map<RunState, int> CountRuns(const Store& store, GroupId group) {
  Database& database = store.impl().database;
  Query query =
      database.Prepare("SELECT state, count(*) FROM run WHERE group_id = :group GROUP BY state");
  query.Bind(":group", group.value);
  std::map<RunState, int> counts;
  while (query.Step()) {
    counts[WordAt(database, query, 0, ParseRunState)] = static_cast<int>(query.Int(1));
  }
  return counts;
}

std::optional<RunRecord> FindRun(const Store& store, RunId id) {
  Database& database = store.impl().database;
  static const std::string kSql =
      fmt::format("{} FROM run {} WHERE run.id = :run", kRunColumns, kLastAttemptSql);
  Query query = database.Prepare(kSql.c_str());
  if (!query.Bind(":run", id.value).Step()) return std::nullopt;
  return ReadRun(database, query);
}

std::optional<RunId> LastRun(const Store& store, const std::string& job) {
  Query query = store.impl().database.PrepareOnce(
      job.empty() ? "SELECT id FROM run ORDER BY id DESC LIMIT 1"
                  : "SELECT id FROM run WHERE job = :job ORDER BY id DESC LIMIT 1");
  if (!job.empty()) query.Bind(":job", job);
  if (!query.Step()) return std::nullopt;
  return RunId{query.Int(0)};
}

std::optional<Job> JobOfRun(const Store& store, RunId id) {
  Database& database = store.impl().database;
  Query query = database.Prepare("SELECT definition_id, parameters FROM run WHERE id = :run");
  if (!query.Bind(":run", id.value).Step()) return std::nullopt;
  return ReadDefinition(database, query.Int(0), query.Text(1));
}

}  // namespace cellar
