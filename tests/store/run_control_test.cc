#include "store/run_control.h"

#include <fmt/format.h>

#include "store/adoption.h"
#include "store/queue.h"
#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class RunControlTest : public StoreTest {
 protected:
  RunId Add(const std::vector<RunId>& after = {}) {
    NewRun run = RunOf("a", {"1"});
    run.after = after;
    return store_.AddRun(run, At());
  }

  Claim ClaimOf(RunId run) { return store_.ClaimRun(run, At(10)).value(); }

  void Retry(const Claim& claim) {
    AttemptEnd end{RunState::kFailed, RunReason::kKernelDied, "the kernel died", Millis(1)};
    end.retries = true;
    AttemptWriter(store_, claim.attempt, 0).End(end, At(100));
  }

  std::string Runs() const { return Ask("SELECT run, state, reason, message FROM runs"); }

  std::string Requests(const Store& store) const {
    std::string text;
    for (const CancelRequest& request : CancelRequests(store)) {
      text += fmt::format("run {} attempt {} {}\n", request.run.value, request.attempt.value,
                          ToWord(request.reason));
    }
    return text;
  }

  Store store_ = OpenStore();
};

TEST_F(RunControlTest, CancelsAQueuedRunAtOnce) {
  const RunId run = Add();
  EXPECT_EQ(CancelRun(store_, run, At(7)), CancelResult::kCancelled);
  EXPECT_EQ(CancelRun(store_, run, At(8)), CancelResult::kHadEnded);
  EXPECT_EQ(CancelRun(store_, RunId{99}, At(8)), CancelResult::kNoSuchRun);
  EXPECT_EQ(Runs(), "1|cancelled|by_user|\n");
  EXPECT_EQ(FindRun(store_, run)->finished_at, At(7));
  EXPECT_FALSE(store_.ClaimRun(run, At(9)).has_value());
}

TEST_F(RunControlTest, AsksTheWorkerOfARunningOne) {
  const Claim claim = ClaimOf(Add());
  Store other = OpenStore();
  EXPECT_EQ(Requests(store_), "");
  EXPECT_EQ(CancelRun(other, claim.run, At(20)), CancelResult::kRequested);
  EXPECT_EQ(Requests(store_), "run 1 attempt 1 by_user\n");
  EXPECT_EQ(Requests(other), "");
  EXPECT_EQ(FindRun(store_, claim.run)->cancel_request, RunReason::kByUser);
  Finish(store_, claim, RunState::kCancelled, RunReason::kByUser);
  EXPECT_EQ(Requests(store_), "");
  EXPECT_EQ(FindRun(store_, claim.run)->cancel_request, std::nullopt);
}

TEST_F(RunControlTest, TellsTheNextWorkerWhatTheDeadOneWasAsked) {
  {
    Store dying = OpenStore();
    dying.RegisterWorker(WorkerKind::kWork);
    dying.ClaimRun(Add(), At());
  }
  CancelRun(store_, RunId{1}, At(20));
  AdoptAttempts(store_, At(30));
  EXPECT_EQ(Requests(store_), "run 1 attempt 1 by_user\n");
}

TEST_F(RunControlTest, CancelsManyAsOne) {
  std::vector<RunId> runs{Add(), Add(), Add()};
  Finish(store_, ClaimOf(runs[0]));
  ClaimOf(runs[1]);
  EXPECT_EQ(
      CancelRuns(store_, runs, At(20)),
      (std::vector{CancelResult::kHadEnded, CancelResult::kRequested, CancelResult::kCancelled}));
}

TEST_F(RunControlTest, MakesNoOtherAttemptOfARunThatIsToEnd) {
  const Claim claim = ClaimOf(Add());
  CancelRun(store_, claim.run, At(20));
  Retry(claim);
  EXPECT_EQ(Runs(),
            "1|cancelled|by_user|before another attempt; the last one failed (kernel_died): the "
            "kernel died\n");
  EXPECT_EQ(Ask("SELECT state, reason FROM attempt"), "failed|kernel_died\n");
}

TEST_F(RunControlTest, StartsARunWhenAllThatItDependsOnHaveSucceeded) {
  const RunId first = Add();
  const RunId second = Add();
  const RunId run = Add({first, second, first});
  EXPECT_FALSE(store_.ClaimRun(run, At()).has_value());
  Finish(store_, ClaimOf(first));
  EXPECT_FALSE(store_.ClaimRun(run, At()).has_value());
  Finish(store_, ClaimOf(second));
  EXPECT_TRUE(store_.ClaimRun(run, At()).has_value());
}

TEST_F(RunControlTest, StartsARunWhoseDependenciesHadSucceeded) {
  const RunId first = Add();
  Finish(store_, ClaimOf(first));
  EXPECT_TRUE(store_.ClaimRun(Add({first}), At()).has_value());
}

TEST_F(RunControlTest, CancelsAllThatDependOnARunThatFailed) {
  const RunId first = Add();
  const RunId second = Add({first});
  Add({second});
  Add({first, second});
  Add();
  Finish(store_, ClaimOf(first), RunState::kFailed, RunReason::kCellError);
  EXPECT_EQ(Runs(),
            "1|failed|cell_error|\n"
            "2|cancelled|dependency|run 1 has failed (cell_error)\n"
            "3|cancelled|dependency|run 2 was cancelled (dependency)\n"
            "4|cancelled|dependency|run 1 has failed (cell_error)\n"
            "5|queued||\n");
  EXPECT_EQ(FindRun(store_, second)->finished_at, At(500));
}

TEST_F(RunControlTest, CancelsWhatDependsOnACancelledRunOrADeadWorkers) {
  const RunId first = Add();
  Add({first});
  CancelRun(store_, first, At(5));
  {
    Store dying = OpenStore();
    dying.ClaimRun(Add(), At());
  }
  Add({RunId{3}});
  store_.EndAttemptsOfDeadWorkers(At(5));
  EXPECT_EQ(Ask("SELECT run, reason, message FROM runs WHERE reason = 'dependency'"),
            "2|dependency|run 1 was cancelled (by_user)\n"
            "4|dependency|run 3 has failed (interrupted)\n");
}

TEST_F(RunControlTest, CancelsARunAtItsSubmissionWhenADependencyHadFailed) {
  const RunId first = Add();
  CancelRun(store_, first, At(5));
  const RunId second = Add({first});
  Add({second});
  EXPECT_EQ(Runs(),
            "1|cancelled|by_user|\n2|cancelled|dependency|run 1 was cancelled (by_user)\n"
            "3|cancelled|dependency|run 2 was cancelled (dependency)\n");
}

TEST_F(RunControlTest, LetsDependantsWaitForAnotherAttempt) {
  const RunId first = Add();
  const RunId second = Add({first});
  Retry(ClaimOf(first));
  EXPECT_EQ(FindRun(store_, second)->state, RunState::kQueued);
  Finish(store_, ClaimOf(first));
  EXPECT_TRUE(store_.ClaimRun(second, At()).has_value());
}

TEST_F(RunControlTest, QueuesAnEndedRunAgain) {
  const RunId run = Add();
  EXPECT_EQ(RequeueRun(store_, run, At(5)), RequeueResult::kNotEnded);
  Finish(store_, ClaimOf(run), RunState::kFailed, RunReason::kCellError);
  EXPECT_EQ(RequeueRun(store_, run, At(1000)), RequeueResult::kQueued);
  EXPECT_EQ(Runs(), "1|queued||\n");
  EXPECT_EQ(FindRun(store_, run)->finished_at, std::nullopt);
  const Claim claim = store_.ClaimRun(run, At(1300)).value();
  EXPECT_EQ(claim.number, 2);
  EXPECT_EQ(FindRun(store_, run)->queue, Millis(300));
  Finish(store_, claim);
  EXPECT_EQ(RequeueRun(store_, run, At(2000)), RequeueResult::kHadSucceeded);
  EXPECT_EQ(RequeueRun(store_, RunId{9}, At(2000)), RequeueResult::kNoSuchRun);
  EXPECT_EQ(Ask("SELECT number, state FROM attempt"), "1|failed\n2|succeeded\n");
}

TEST_F(RunControlTest, QueuesACancelledRunAgainAtOnceWhateverItsDueTime) {
  NewRun later = RunOf("a", {"1"});
  later.due = At(60'000);
  const RunId run = store_.AddRun(later, At());
  CancelRun(store_, run, At(5));
  EXPECT_EQ(RequeueRun(store_, run, At(10)), RequeueResult::kQueued);
  EXPECT_TRUE(store_.ClaimRun(run, At(10)).has_value());
}

TEST_F(RunControlTest, QueuesADependantAgainOnlyBehindItsDependency) {
  const RunId first = Add();
  const RunId second = Add({first});
  Finish(store_, ClaimOf(first), RunState::kFailed, RunReason::kCellError);
  EXPECT_EQ(RequeueRun(store_, second, At(600)), RequeueResult::kDependency);
  EXPECT_EQ(RequeueRun(store_, first, At(600)), RequeueResult::kQueued);
  EXPECT_EQ(FindRun(store_, second)->state, RunState::kCancelled);
  EXPECT_EQ(RequeueRun(store_, second, At(600)), RequeueResult::kQueued);
  EXPECT_FALSE(store_.ClaimRun(second, At(700)).has_value());
  Finish(store_, ClaimOf(first));
  EXPECT_TRUE(store_.ClaimRun(second, At(700)).has_value());
}

TEST_F(RunControlTest, CountsTheDeathsOfARun) {
  const RunId run = Add();
  const auto die = [&](WorkerKind kind) {
    Store dying = OpenStore();
    dying.RegisterWorker(kind);
    dying.ClaimRun(run, At(10)).value();
  };
  EXPECT_EQ(DeathsWithin(store_, run, At()), 0);
  Finish(store_, ClaimOf(run), RunState::kFailed, RunReason::kKernelDied);  // at 500
  EXPECT_EQ(DeathsWithin(store_, run, At()), 1);
  RequeueRun(store_, run, At(600));
  Finish(store_, ClaimOf(run), RunState::kFailed, RunReason::kCellError);
  EXPECT_EQ(DeathsWithin(store_, run, At()), 1);
  RequeueRun(store_, run, At(600));
  die(WorkerKind::kRun);
  store_.EndAttemptsOfDeadWorkers(At(1000));
  EXPECT_EQ(DeathsWithin(store_, run, At()), 2);
  RequeueRun(store_, run, At(1100));
  die(WorkerKind::kServe);
  const Claim adopted = AdoptAttempts(store_, At(2000)).at(0).claim;
  EXPECT_EQ(DeathsWithin(store_, run, At()), 3);
  Finish(store_, adopted, RunState::kFailed, RunReason::kInterrupted);
  EXPECT_EQ(DeathsWithin(store_, run, At()), 3);  // the same death
  EXPECT_EQ(DeathsWithin(store_, run, At(501)), 2);
  EXPECT_EQ(DeathsWithin(store_, run, At(2001)), 0);
  RequeueRun(store_, run, At(2100));
  const EndingAttempt ending{ClaimOf(run).attempt, RunReason::kKernelDied};
  EXPECT_EQ(DeathsWithin(store_, run, At(), ending), 4);
  EXPECT_EQ(DeathsWithin(store_, run, At(), {ending.attempt, RunReason::kCellError}), 3);
}

TEST_F(RunControlTest, CountsNoDeathWhereAWorkerHandedOver) {
  const RunId run = Add();
  {
    Store leaving = OpenStore();
    leaving.RegisterWorker(WorkerKind::kServe);
    leaving.ClaimRun(run, At(10));
    HandOver(leaving, At(20));
  }
  EXPECT_TRUE(AdoptAttempts(store_, At(30)).at(0).was_left);
  EXPECT_EQ(DeathsWithin(store_, run, At()), 0);
}

}  // namespace
}  // namespace cellar
