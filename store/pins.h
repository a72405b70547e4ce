// Runs that are never removed, however old (store/removal.h).
#pragma once

#include <vector>

#include "store/store.h"

namespace cellar {

/// On disk, fsynced. False for those that were pinned already, or are not there.
std::vector<bool> PinRuns(Store& store, const std::vector<RunId>& runs, TimePoint now);

/// False for those that were not pinned.
std::vector<bool> UnpinRuns(Store& store, const std::vector<RunId>& runs);

}  // namespace cellar
