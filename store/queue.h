// The queue as a scheduler and a person see it. Order: priority (high first), due time (or
// submission), number.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/history.h"
#include "store/store.h"

namespace cellar {

/// A run that ClaimRun would give to this store's worker, and what is needed to place it.
struct ReadyRun {
  RunId run;
  std::string job;
  int priority = 0;
  std::string kernelspec;  // as asked for; empty: the gateway's default
  std::string language;    // that the cells are written in; empty: nobody said
  std::string gateway;     // as asked for; empty: any
  std::vector<std::string> requires_labels;
};

/// The first `limit`, in order. All of them could be claimed, also one after the other: of a
/// concurrency key no more than its limit allows. Without those that asked for one of `gateways`.
std::vector<ReadyRun> ReadyRuns(const Store& store, TimePoint now, int limit,
                                const std::set<std::string>& gateways = {});

/// When the next run that is not due yet will be.
std::optional<TimePoint> NextDue(const Store& store, TimePoint now);

enum class WaitReason {
  kKernel,       // nothing but a free kernel
  kDue,          // `until`
  kRun,          // `run` must succeed first
  kConcurrency,  // `run` has the key
};

struct QueuePlace {
  int position = 0;  // from 1, among all that are queued
  WaitReason reason = WaitReason::kKernel;
  std::optional<TimePoint> until;
  std::optional<RunId> run;
  std::string key;  // the concurrency key
};

struct QueuedRun {
  RunRecord run;
  QueuePlace place;
};

/// The first `limit` of the queue (0: all), in order.
std::vector<QueuedRun> QueuedRuns(const Store& store, TimePoint now, int limit);

/// The first that match, of the whole queue: `state` and `reason` of the filter are not asked.
std::vector<QueuedRun> QueuedRuns(const Store& store, TimePoint now, const RunFilter& filter);

/// nullopt: it is not queued.
std::optional<QueuePlace> FindQueuePlace(const Store& store, RunId run, TimePoint now);

}  // namespace cellar
