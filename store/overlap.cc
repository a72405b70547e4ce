#include "store/overlap.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/run_ends.h"
#include "store/store_impl.h"

namespace cellar {
namespace {

std::vector<RunId> ReadRuns(Query& query) {
  std::vector<RunId> runs;
  while (query.Step()) runs.push_back(RunId{query.Int(0)});
  return runs;
}

void RequestEnd(Database& database, RunId run) {
  database
      .Prepare(R"sql(
        UPDATE run SET cancel_request = coalesce(cancel_request, 'overlap')
        WHERE id = :run AND state = 'running'
      )sql")
      .Bind(":run", run.value)
      .Run();
}

}  // namespace

Overlaps::Overlaps(Database& database, RunId last, TimePoint now)
    : database_(database), last_(last), now_(now) {}

std::optional<std::string> Overlaps::Admit(const Concurrency& concurrency) {
  if (concurrency.policy == Overlap::kQueue) return std::nullopt;
  const auto found = decided_.find(concurrency.key);
  if (found != decided_.end()) return found->second;
  return decided_.emplace(concurrency.key, Decide(concurrency)).first->second;
}

std::optional<std::string> Overlaps::Decide(const Concurrency& concurrency) {
  const std::vector<RunId> running = Running(concurrency.key);
  const std::vector<RunId> queued = Queued(concurrency.key);
  const auto limit = static_cast<std::size_t>(concurrency.limit);
  if (running.size() + queued.size() < limit) return std::nullopt;
  if (concurrency.policy == Overlap::kSkip) {
    return fmt::format("run {} of {} is {}", (running.empty() ? queued : running).front().value,
                       concurrency.key, running.empty() ? "queued" : "running");
  }
  for (const RunId run : queued) {
    CancelQueued(database_, run, RunReason::kOverlap, "a newer run took its place", now_);
  }
  // The oldest, as many as are in the way.
  const std::size_t excess = running.size() < limit ? 0 : running.size() - limit + 1;
  for (std::size_t i = 0; i < excess; ++i) RequestEnd(database_, running[i]);
  return std::nullopt;
}

/// Those whose time has come, or that wait for another attempt.
std::vector<RunId> Overlaps::Queued(const std::string& key) {
  Query query = database_.Prepare(R"sql(
    SELECT id FROM run INDEXED BY run_queued_by_concurrency
    WHERE state = 'queued' AND concurrency_key = :key AND concurrency_limit < :no_limit
      AND id <= :last
      AND (attempt > 0 OR not_before IS NULL OR not_before <= :now)
    ORDER BY id
  )sql");
  query.Bind(":key", key).Bind(":no_limit", std::int64_t{kNoConcurrencyLimit});
  return ReadRuns(query.Bind(":last", last_.value).Bind(":now", ToMillis(now_)));
}

std::vector<RunId> Overlaps::Running(const std::string& key) {
  Query query = database_.Prepare(R"sql(
    SELECT id FROM run INDEXED BY run_running_by_concurrency
    WHERE state = 'running' AND concurrency_key = :key AND id <= :last ORDER BY id
  )sql");
  return ReadRuns(query.Bind(":key", key).Bind(":last", last_.value));
}

}  // namespace cellar
