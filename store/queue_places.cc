// Why a queued run waits.
#include <fmt/format.h>

#include "store/history.h"
#include "store/queue.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

std::optional<RunId> FirstRun(Query& query) {
  if (!query.Step()) return std::nullopt;
  return RunId{query.Int(0)};
}

std::optional<RunId> OpenDependency(Database& database, RunId run) {
  Query query = database.Prepare(R"sql(
    SELECT other.id FROM dependency JOIN run AS other ON other.id = dependency.on_run_id
    WHERE dependency.run_id = :run AND other.state <> 'succeeded' ORDER BY other.id LIMIT 1
  )sql");
  return FirstRun(query.Bind(":run", run.value));
}

/// The first of the key that runs, when as many run as may.
std::optional<RunId> HolderOf(Database& database, const std::string& key, std::int64_t limit) {
  Query query = database.Prepare(R"sql(
    SELECT id FROM run INDEXED BY run_running_by_concurrency
    WHERE state = 'running' AND concurrency_key = :key
      AND :limit <= (SELECT count(*) FROM run INDEXED BY run_running_by_concurrency
                     WHERE state = 'running' AND concurrency_key = :key)
    ORDER BY id LIMIT 1
  )sql");
  return FirstRun(query.Bind(":key", key).Bind(":limit", limit));
}

/// Columns: id, waits_for, not_before, concurrency_key, concurrency_limit.
QueuePlace PlaceInQueue(Database& database, const Query& row, TimePoint now) {
  QueuePlace place;
  place.until = TimeOrNull(row, 2);
  if (place.until && *place.until > now) {
    place.reason = WaitReason::kDue;
    return place;
  }
  place.until.reset();
  if (row.Int(1) > 0) {
    place.reason = WaitReason::kRun;
    place.run = OpenDependency(database, RunId{row.Int(0)});
  } else if (!row.IsNull(3)) {
    place.run = HolderOf(database, row.Text(3), row.Int(4));
    if (place.run) place.reason = WaitReason::kConcurrency;
    if (place.run) place.key = row.Text(3);
  }
  return place;
}

/// 1 where a run of the queue matches. Without a condition its row is not read.
std::string PlaceMatch(const RunFilter& filter) {
  std::string match = "1";
  if (!filter.job.empty()) match += " AND job = :job";
  if (filter.group) match += " AND group_id IS :group";
  if (filter.pinned) match += " AND id IN (SELECT run_id FROM pin)";
  if (filter.since) match += " AND submitted_at >= :since";
  if (filter.until) match += " AND submitted_at < :until";
  if (!filter.tag.empty()) {
    match += " AND EXISTS (SELECT 1 FROM run_tag WHERE tag = :tag AND run_id = run.id)";
  }
  return match;
}

void BindPlaceFilter(const RunFilter& filter, Query& query) {
  if (!filter.job.empty()) query.Bind(":job", filter.job);
  if (filter.group) query.Bind(":group", filter.group->value);
  if (filter.since) query.Bind(":since", ToMillis(*filter.since));
  if (filter.until) query.Bind(":until", ToMillis(*filter.until));
  if (!filter.tag.empty()) query.Bind(":tag", filter.tag);
}

}  // namespace

std::vector<QueuedRun> QueuedRuns(const Store& store, TimePoint now, int limit) {
  RunFilter all;
  all.limit = limit;
  return QueuedRuns(store, now, all);
}

std::vector<QueuedRun> QueuedRuns(const Store& store, TimePoint now, const RunFilter& filter) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<QueuedRun> runs;
  Query row = database.PrepareOnce(fmt::format(R"sql(
    SELECT id, waits_for, not_before, concurrency_key, concurrency_limit, {}
    FROM run INDEXED BY run_queue WHERE state = 'queued'
    ORDER BY priority DESC, ready_at, id
  )sql",
                                               PlaceMatch(filter)));
  BindPlaceFilter(filter, row);
  for (int position = 1; row.Step(); ++position) {
    if (filter.limit > 0 && std::ssize(runs) == filter.limit) break;
    if (row.Int(5) == 0) continue;
    QueuedRun& queued = runs.emplace_back();
    queued.place = PlaceInQueue(database, row, now);
    queued.place.position = position;
    queued.run = FindRun(store, RunId{row.Int(0)}).value();
  }
  return runs;
}

std::optional<QueuePlace> FindQueuePlace(const Store& store, RunId run, TimePoint now) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  Query row = database.Prepare(R"sql(
    SELECT id, waits_for, not_before, concurrency_key, concurrency_limit,
           (SELECT count(*) FROM run AS before INDEXED BY run_queue
            WHERE before.state = 'queued'
              AND (-before.priority, before.ready_at, before.id)
                  <= (-run.priority, run.ready_at, run.id))
    FROM run WHERE id = :run AND state = 'queued'
  )sql");
  if (!row.Bind(":run", run.value).Step()) return std::nullopt;
  QueuePlace place = PlaceInQueue(database, row, now);
  place.position = static_cast<int>(row.Int(5));
  return place;
}

}  // namespace cellar
