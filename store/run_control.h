// Ending runs from any process, and beginning them again.
#pragma once

#include <optional>
#include <vector>

#include "store/store.h"

namespace cellar {

enum class CancelResult {
  kCancelled,  // it was queued, and has ended
  kRequested,  // it is running: its worker is asked to end it
  kHadEnded,
  kNoSuchRun,
};

/// In one transaction, fsynced; one result for each, in order.
std::vector<CancelResult> CancelRuns(Store& store, const std::vector<RunId>& runs, TimePoint now);
CancelResult CancelRun(Store& store, RunId run, TimePoint now);

struct CancelRequest {
  RunId run;
  AttemptId attempt;
  RunReason reason;  // by_user, overlap
};

/// For the attempts that this store's worker runs; again each time, until they have ended.
std::vector<CancelRequest> CancelRequests(const Store& store);

/// Gives back this worker's claim of an attempt in which no cell has begun: the run stands in the
/// queue as if it had never been claimed. One whose end was asked for meanwhile ends instead.
/// Throws Error kClaimLost.
void Unclaim(Store& store, AttemptId attempt, TimePoint now);

enum class RequeueResult {
  kQueued,
  kNotEnded,
  kHadSucceeded,
  kDependency,  // a run that it depends on has ended otherwise than succeeded: retry that first
  kNoSuchRun,
};

/// Queues an ended run, failed or cancelled, for a new attempt at once; those it had stay as they
/// are. Runs that were cancelled because they depended on it stay cancelled: that was the truth,
/// and was told. They are retried after it.
RequeueResult RequeueRun(Store& store, RunId run, TimePoint now);

/// The same of several, in one transaction: all of them, or none when one cannot be. One result for
/// each, in order; a run may depend on one that stands before it.
std::vector<RequeueResult> RequeueRuns(Store& store, const std::vector<RunId>& runs, TimePoint now);

/// Whether somebody who lives works on a run, or is there to take it: the worker that it is kept
/// for, or one that takes runs from the queue and is not leaving. A run that has ended, perhaps
/// since it was looked at, lacks nobody.
bool IsAttended(const Store& store, RunId run);

/// How often a worker or a kernel died on the run since then: attempts that ended as kernel_died or
/// interrupted, and workers that died in attempts which others took up. `ending`: an attempt that
/// is about to end so, counted as if it had.
struct EndingAttempt {
  AttemptId attempt;
  std::optional<RunReason> reason;
};
int DeathsWithin(const Store& store, RunId run, TimePoint since, EndingAttempt ending = {});

}  // namespace cellar
