// Queueing several runs again, and whether anybody is there to run them.
#include "store/adoption.h"
#include "store/run_control.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class AttendanceTest : public StoreTest {
 protected:
  RunId Add() { return store_.AddRun(RunOf("a", {"1"}), At()); }

  void Fail(RunId run) {
    Finish(store_, store_.ClaimRun(run, At(10)).value(), RunState::kFailed, RunReason::kKernelDied);
  }

  Store store_ = OpenStore();
};

TEST_F(AttendanceTest, QueuesAllAgainOrNone) {
  const RunId first = Add();
  const RunId second = Add();
  Fail(first);
  EXPECT_EQ(RequeueRuns(store_, {first, second}, At(600)),
            (std::vector{RequeueResult::kQueued, RequeueResult::kNotEnded}));
  EXPECT_EQ(FindRun(store_, first)->state, RunState::kFailed);
  Fail(second);
  EXPECT_EQ(RequeueRuns(store_, {first, second}, At(600)),
            (std::vector{RequeueResult::kQueued, RequeueResult::kQueued}));
  EXPECT_EQ(FindRun(store_, first)->state, RunState::kQueued);
}

TEST_F(AttendanceTest, KnowsWhetherAQueuedRunWillBeTaken) {
  const RunId run = Add();
  EXPECT_FALSE(IsAttended(store_, run));
  {
    Store runner = OpenStore();
    runner.RegisterWorker(WorkerKind::kRun);
    EXPECT_FALSE(IsAttended(store_, run));  // it runs its own only
    NewRun kept = RunOf("a", {"1"});
    kept.foreground = true;
    EXPECT_TRUE(IsAttended(store_, runner.AddRun(kept, At())));
  }
  EXPECT_FALSE(IsAttended(store_, RunId{2}));
  Store worker = OpenStore();
  worker.RegisterWorker(WorkerKind::kServe);
  EXPECT_TRUE(IsAttended(store_, run));
  HandOver(worker, At());
  EXPECT_FALSE(IsAttended(store_, run));
}

TEST_F(AttendanceTest, KnowsWhetherTheWorkerOfARunLives) {
  const RunId run = Add();
  {
    Store worker = OpenStore();
    worker.RegisterWorker(WorkerKind::kWork);
    worker.ClaimRun(run, At(10));
    EXPECT_TRUE(IsAttended(store_, run));
  }
  EXPECT_FALSE(IsAttended(store_, run));
  EXPECT_FALSE(IsAttended(store_, RunId{99}));
}

TEST_F(AttendanceTest, MissesNobodyWhereARunHasEnded) {
  const RunId run = Add();
  Fail(run);
  EXPECT_TRUE(IsAttended(store_, run));
}

TEST_F(AttendanceTest, EndsARunOfADeadWorkerAsSomebodyHadAsked) {
  const RunId run = Add();
  {
    Store dying = OpenStore();
    dying.ClaimRun(run, At(10));
    CancelRun(store_, run, At(20));
  }
  store_.EndAttemptsOfDeadWorkers(At(30));
  EXPECT_EQ(Ask("SELECT state, reason FROM runs"), "cancelled|by_user\n");
}

}  // namespace
}  // namespace cellar
