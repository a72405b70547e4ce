#include "store/claim.h"

#include <fmt/format.h>

#include "jobs/error.h"

namespace cellar {

void RequireClaim(Database& database, AttemptId attempt, WorkerId worker) {
  Query find = database.Prepare(R"sql(
    SELECT run_id, number, worker_id = :worker AND state = 'running'
    FROM attempt WHERE id = :attempt
  )sql");
  const bool found = find.Bind(":attempt", attempt.value).Bind(":worker", worker.value).Step();
  if (found && find.Int(2) == 1) return;
  const std::string which = found ? fmt::format("attempt {} of run {}", find.Int(1), find.Int(0))
                                  : std::string("the attempt");
  throw Error(
      ErrorKind::kClaimLost,
      fmt::format("store {}: {} is no longer this Cellar's: it was ended, taken over or "
                  "removed meanwhile; nothing was changed, `cellar show` tells how it ended",
                  database.file().string(), which));
}

}  // namespace cellar
