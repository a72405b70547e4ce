#include "store/queue.h"

#include <map>
#include <utility>

#include "store/definition.h"
#include "store/queue_sql.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {

const char* const kReadySql = R"sql(
  SELECT id, concurrency_key, concurrency_limit, reserved_by
  FROM run INDEXED BY run_queue
  WHERE state = 'queued' AND waits_for = 0
    AND (not_before IS NULL OR not_before <= :now OR reserved_by = :worker)
  ORDER BY priority DESC, ready_at, id
)sql";

const char* const kNextDueSql = R"sql(
  SELECT not_before FROM run INDEXED BY run_due
  WHERE state = 'queued' AND not_before > :now ORDER BY not_before LIMIT 1
)sql";

namespace {

/// How many more of a concurrency key may start.
class Rooms {
 public:
  explicit Rooms(Database& database) : database_(database) {}

  bool Take(const std::string& key, std::int64_t limit) {
    auto taken = taken_.find(key);
    if (taken == taken_.end()) taken = taken_.emplace(key, Running(key)).first;
    if (taken->second >= limit) return false;
    ++taken->second;
    return true;
  }

 private:
  std::int64_t Running(const std::string& key) {
    Query query = database_.Prepare(R"sql(
      SELECT count(*) FROM run INDEXED BY run_running_by_concurrency
      WHERE state = 'running' AND concurrency_key = :key
    )sql");
    query.Bind(":key", key).Step();
    return query.Int(0);
  }

  Database& database_;
  std::map<std::string, std::int64_t> taken_;
};

bool IsKeptForAnother(const Store& store, const Query& row, int column) {
  const std::optional<std::int64_t> reserver = row.IntOrNull(column);
  return reserver && store.impl().worker != WorkerId{*reserver} &&
         store.IsAlive(WorkerId{*reserver});
}

std::vector<std::string> LabelsOf(Database& database, const Query& row) {
  if (row.IsNull(6)) return ReadDefinition(database, row.Int(7), "{}").requires_labels;
  std::vector<std::string> labels;
  for (const auto& label : ParseStored(database, row.Text(6))) labels.push_back(label);
  return labels;
}

ReadyRun ReadReady(Database& database, RunId run) {
  Query row = database.Prepare(R"sql(
    SELECT id, job, priority, kernelspec, language, gateway, requires, definition_id
    FROM run WHERE id = :run
  )sql");
  row.Bind(":run", run.value).Step();
  ReadyRun ready;
  ready.run = RunId{row.Int(0)};
  ready.job = row.Text(1);
  ready.priority = static_cast<int>(row.Int(2));
  ready.kernelspec = row.Text(3);
  ready.language = row.Text(4);
  ready.gateway = row.Text(5);
  ready.requires_labels = LabelsOf(database, row);
  return ready;
}

}  // namespace

std::vector<ReadyRun> ReadyRuns(const Store& store, TimePoint now, int limit,
                                const std::set<std::string>& gateways) {
  Database& database = store.impl().database;
  std::vector<ReadyRun> runs;
  Rooms rooms(database);
  const auto asks_for_one = [&](std::int64_t run) {
    Query wish = database.Prepare("SELECT gateway FROM run WHERE id = :run");
    return wish.Bind(":run", run).Step() && gateways.contains(wish.Text(0));
  };
  Query row = database.Prepare(kReadySql);
  const std::optional<WorkerId> worker = store.impl().worker;
  row.Bind(":now", ToMillis(now)).Bind(":worker", worker ? worker->value : 0);
  while (std::ssize(runs) < limit && row.Step()) {
    if (!gateways.empty() && asks_for_one(row.Int(0))) continue;
    if (IsKeptForAnother(store, row, 3)) continue;
    if (!row.IsNull(1) && !rooms.Take(row.Text(1), row.Int(2))) continue;
    runs.push_back(ReadReady(database, RunId{row.Int(0)}));
  }
  return runs;
}

std::optional<TimePoint> NextDue(const Store& store, TimePoint now) {
  Query query = store.impl().database.Prepare(kNextDueSql);
  if (!query.Bind(":now", ToMillis(now)).Step()) return std::nullopt;
  return FromMillis(query.Int(0));
}

}  // namespace cellar
