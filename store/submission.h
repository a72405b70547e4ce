// Submitting many runs as one: all or none, on disk when it returns.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct Submission {
  RunId run;
  bool is_new = true;                  // false: its key was there; the run is the one that has it
  RunState state = RunState::kQueued;  // of a new one `cancelled` when it cannot or must not start
  std::optional<RunReason> reason;     // overlap, dependency
};

/// In one transaction, fsynced; one submission for each, in order. A run whose job says how runs of
/// its concurrency key may overlap is held to that here, against the runs that were there before:
/// `skip` makes it `cancelled (overlap)`; `replace` cancels the queued ones and asks the running
/// ones to end; `queue` lets it wait. That is asked when as many as the limit run, or wait without
/// a due time to come. A run with a due time to come itself waits, whatever the policy; so do the
/// runs of one call for each other. Of a job that sets no limit those count that run, under its
/// name. Throws Error (kUsage) when `after` names a run that is not there.
std::vector<Submission> AddRuns(Store& store, std::vector<NewRun> runs, TimePoint now);

/// The same of a sweep of any size: `next` makes one after the other, nullopt behind the last, and
/// only one is in memory at a time. What it throws undoes all. For foreground ones the store's
/// worker is registered before.
std::vector<Submission> AddRuns(Store& store, const std::function<std::optional<NewRun>()>& next,
                                TimePoint now);

/// The same of runs that belong together, as a group of this name.
std::vector<Submission> AddGroup(Store& store, const std::string& name,
                                 const std::function<std::optional<NewRun>()>& next, TimePoint now);

}  // namespace cellar
