// What follows from the end of a run, within the write transaction that ends it.
#pragma once

#include <string>
#include <string_view>

#include "store/database.h"
#include "store/records.h"

namespace cellar {

/// After `run` has ended: the runs that depend on it wait for one less, or become
/// `cancelled (dependency)`, and so on for those that depend on them.
void FollowRunEnd(Database& database, RunId run, TimePoint now);

/// Ends a queued run as cancelled, and what follows. False: it is not queued.
bool CancelQueued(Database& database, RunId run, RunReason reason, std::string_view message,
                  TimePoint now);

/// Counts anew how many runs it waits for.
void CountDependencies(Database& database, RunId run);

/// "run 7 has failed (cell_error)", of a run that has ended.
std::string EndOf(Database& database, RunId run);

}  // namespace cellar
