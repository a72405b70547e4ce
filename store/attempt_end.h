// The end of an attempt and what that makes of its run, within a write transaction.
#pragma once

#include "store/attempt_writer.h"
#include "store/database.h"

namespace cellar {

/// Of a running attempt: its cells that are `running` become `unknown`, those `pending` `not_run`;
/// its run ends as it did, or is queued again. Throws Error (kStore) when it is not running.
void EndAttempt(Database& database, AttemptId attempt, const AttemptEnd& end, TimePoint at);

/// Why somebody asked for the end of a running run; nullopt: nobody did.
std::optional<RunReason> EndRequestOf(Database& database, RunId run);

}  // namespace cellar
