// Whose an attempt is.
#pragma once

#include "store/database.h"
#include "store/records.h"

namespace cellar {

/// Throws Error (kClaimLost) unless the attempt is running and `worker`'s. Within a transaction.
void RequireClaim(Database& database, AttemptId attempt, WorkerId worker);

}  // namespace cellar
