// Submissions as rows, within a write transaction.
#pragma once

#include <vector>

#include "store/database.h"
#include "store/submission.h"

namespace cellar {

/// What AddRuns says. `worker`: whom the foreground ones are kept for.
std::vector<Submission> InsertRuns(Database& database, std::vector<NewRun> runs, WorkerId worker,
                                   TimePoint now);

}  // namespace cellar
