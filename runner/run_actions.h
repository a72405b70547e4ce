// Cancelling and retrying runs by their names, and what is to be said of it: for commands on a
// store and for the API that does the same from elsewhere.
#pragma once

#include <string>
#include <vector>

#include "store/history.h"
#include "store/store.h"

namespace cellar {

struct CancelledRun {
  RunId id;
  std::string word;  // "cancelled", "requested", "had_ended"
  std::string text;  // "is running: its worker was asked to end it"
  bool had_ended = false;
  bool is_of_group = false;  // not named itself
};

/// `names` as in ChooseRuns (run_choice.h): all of them, or none where one is not there. In one
/// transaction, fsynced. Throws Error kUsage.
std::vector<CancelledRun> CancelNamed(Store& store, const std::vector<std::string>& names,
                                      TimePoint now);

/// Those of `names` that `retry` means: of a group the ones that have failed or were cancelled,
/// others as they were named. Throws Error kUsage.
std::vector<RunRecord> ChooseToRetry(const Store& store, const std::vector<std::string>& names);

/// Queues all of them for a further attempt, and returns them as they are then, by number. Throws
/// Error kUsage, and queues none, where one cannot be.
std::vector<RunRecord> RequeueAll(Store& store, const std::vector<RunRecord>& runs, TimePoint now);

}  // namespace cellar
