// The index of all texts, for `search`. It is brought up to date by those who search, not by those
// who run jobs: storing outputs stays as short as it is. Whoever cannot write searches what is not
// in it the slow way.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "store/store.h"

namespace cellar {

/// Takes in what has ended since the last time, in commits of about a megabyte each; what is done
/// stays done when the process dies. `progress`: attempts done, of how many; before each commit.
/// False: another process is at it, and this one did nothing.
bool UpdateSearchIndex(Store& store,
                       const std::function<void(std::size_t done, std::size_t all)>& progress);

/// Empties it when most of it is of what has been removed; the next search fills it again. Nothing
/// where another process is filling it.
void TidySearchIndex(Store& store);

}  // namespace cellar
