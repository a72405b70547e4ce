// Removing runs that nobody needs any more, and giving their space back to the disk. Other
// processes may work on the store meanwhile, and a death at any time leaves it whole: a run is
// there with all that belongs to it, or gone with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct RemovalRule {
  std::optional<TimePoint> finished_before;  // nullopt: at any time
  int keep_last = 0;                         // so many ended runs of each job stay, the newest
  std::string job = "";                      // empty: of all jobs
};

/// Ended runs that the rule does not keep, newest first. Never those that are pinned, that a run
/// which stays depends on, or whose kernel is not known to be gone.
std::vector<RunId> FindRemovable(const Store& store, const RemovalRule& rule);

/// Removes them with their outputs, and every text that nothing refers to any more; some tens of
/// runs in a commit. What has been pinned, queued again or depended on since it was found stays.
/// Returns those that it removed.
std::vector<RunId> RemoveRuns(Store& store, std::vector<RunId> runs);

/// Makes the file smaller by what is free in it, in short steps. What a reader still holds comes
/// back when the store is let go.
void GiveBackSpace(Store& store);

struct RunSize {
  RunId run;
  std::string job;
  std::uint64_t bytes = 0;  // of its outputs as stored; one that several runs share counts for each
};

/// Of all runs, of `job` or of any when it is empty.
std::vector<RunSize> SizesOfRuns(const Store& store, const std::string& job);

/// Of the whole store.
std::uint64_t StoreSize(const Store& store);

}  // namespace cellar
