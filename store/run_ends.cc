#include "store/run_ends.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "store/store_impl.h"

namespace cellar {
namespace {

bool HasSucceeded(Database& database, RunId run) {
  Query query = database.Prepare("SELECT state = 'succeeded' FROM run WHERE id = :run");
  return query.Bind(":run", run.value).Step() && query.Int(0) == 1;
}

std::vector<RunId> QueuedDependants(Database& database, RunId run) {
  std::vector<RunId> dependants;
  Query query = database.Prepare(R"sql(
    SELECT run.id FROM dependency JOIN run ON run.id = dependency.run_id
    WHERE dependency.on_run_id = :run AND run.state = 'queued' ORDER BY run.id
  )sql");
  query.Bind(":run", run.value);
  while (query.Step()) dependants.push_back(RunId{query.Int(0)});
  return dependants;
}

bool CancelOne(Database& database, RunId run, RunReason reason, std::string_view message,
               TimePoint now) {
  return database
             .Prepare(R"sql(
               UPDATE run
               SET state = 'cancelled', reason = :reason, message = :message, finished_at = :now
               WHERE id = :run AND state = 'queued'
             )sql")
             .Bind(":reason", ToWord(reason))
             .Bind(":message", message)
             .Bind(":now", ToMillis(now))
             .Bind(":run", run.value)
             .Run() == 1;
}

void CancelDependants(Database& database, RunId ended, TimePoint now) {
  std::vector<RunId> to_follow{ended};
  while (!to_follow.empty()) {
    const RunId run = to_follow.back();
    to_follow.pop_back();
    const std::vector<RunId> dependants = QueuedDependants(database, run);
    if (dependants.empty()) continue;
    const std::string message = EndOf(database, run);
    for (const RunId dependant : dependants) {
      CancelOne(database, dependant, RunReason::kDependency, message, now);
      to_follow.push_back(dependant);
    }
  }
}

}  // namespace

void FollowRunEnd(Database& database, RunId run, TimePoint now) {
  if (!HasSucceeded(database, run)) return CancelDependants(database, run, now);
  // A success is for ever: the count of those that are not queued is made anew when they will be.
  database
      .Prepare(R"sql(
        UPDATE run SET waits_for = waits_for - 1
        WHERE state = 'queued'
          AND id IN (SELECT run_id FROM dependency WHERE on_run_id = :run)
      )sql")
      .Bind(":run", run.value)
      .Run();
}

bool CancelQueued(Database& database, RunId run, RunReason reason, std::string_view message,
                  TimePoint now) {
  if (!CancelOne(database, run, reason, message, now)) return false;
  FollowRunEnd(database, run, now);
  return true;
}

void CountDependencies(Database& database, RunId run) {
  database
      .Prepare(R"sql(
        UPDATE run SET waits_for =
          (SELECT count(*) FROM dependency JOIN run AS other ON other.id = dependency.on_run_id
           WHERE dependency.run_id = :run AND other.state <> 'succeeded')
        WHERE id = :run
      )sql")
      .Bind(":run", run.value)
      .Run();
}

std::string EndOf(Database& database, RunId run) {
  Query query = database.Prepare("SELECT state, reason FROM run WHERE id = :run");
  query.Bind(":run", run.value).Step();
  const std::string reason = query.Text(1);
  return fmt::format("run {} {} {}{}", run.value, query.Text(0) == "cancelled" ? "was" : "has",
                     query.Text(0), reason.empty() ? "" : fmt::format(" ({})", reason));
}

}  // namespace cellar
