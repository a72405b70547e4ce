// The queue against the fake gateway: who runs when and where, and what happens to runs whose
// worker goes. What the store holds afterwards.
#include "runner/scheduler.h"

#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "runner/wall_clock.h"
#include "store/attempt_writer.h"
#include "store/history.h"
#include "store/run_control.h"
#include "store/store_impl.h"
#include "tests/runner/attempt_fixture.h"
#include "tests/runner/scheduler_fixture.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

TEST_F(SchedulerTest, RunsTheQueueDryOnOneKernelAtATime) {
  config_.gateways["lab"].max_kernels = 1;
  std::vector<RunId> runs;
  for (int i = 0; i < 5; ++i) runs.push_back(Submit({"print 1"}));
  int at_once = 0;
  int most = 0;
  listener_.on_begin = [&](RunId, const std::string&) { most = std::max(most, ++at_once); };
  listener_.on_end = [&](RunId) { --at_once; };
  EXPECT_EQ(Work(), 0);
  for (const RunId run : runs) EXPECT_EQ(Stored(run), kPrintedOne);
  EXPECT_EQ(most, 1);
  gateway_.AwaitNoKernels();
}

TEST_F(SchedulerTest, LeavesRoomForTheRunsOfOtherWorkers) {
  config_.gateways["lab"].max_kernels = 2;
  Store other = OpenStore();
  const RunId theirs = other.AddRun(ForegroundRun(), WallClock());
  const Claim claim = other.ClaimRun(theirs, WallClock(), {"lab", 2}).value();
  for (int i = 0; i < 3; ++i) Submit({"print 1"});
  int at_once = 0;
  int most = 0;
  listener_.on_begin = [&](RunId, const std::string&) { most = std::max(most, ++at_once); };
  listener_.on_end = [&](RunId) { --at_once; };
  Work();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(FindRun(other, theirs)->state, RunState::kRunning);
}

TEST_F(SchedulerTest, WaitsForTheRunOfAnotherWorkerToEnd) {
  FakeGateway farm;
  Configure("farm", farm.Address().url);
  config_.gateways["lab"].max_kernels = 1;
  Store other = OpenStore();
  const RunId theirs = other.AddRun(ForegroundRun(), WallClock());
  const Claim claim = other.ClaimRun(theirs, WallClock(), {"lab", 1}).value();
  const RunId ours = Submit({"print 1"});
  Job passing = JobOf({"print 1"});
  passing.gateway = "farm";
  const RunId last = SubmitJob(passing);
  listener_.on_end = [&](RunId ended) {  // `ours` was before it in the queue
    if (ended != last) return;
    EXPECT_EQ(FindRun(other, ours)->state, RunState::kQueued);
    AttemptWriter(other, claim.attempt, 0).End({RunState::kSucceeded, {}, ""}, WallClock());
  };
  Work();
  EXPECT_EQ(Stored(ours), kPrintedOne);
}

TEST_F(SchedulerTest, TriesAGatewayAgainThatHasRunsOfOtherWorkers) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(502, "Bad Gateway", 1));
  Store other = OpenStore();
  const RunId theirs = other.AddRun(ForegroundRun(), WallClock());
  const Claim claim = other.ClaimRun(theirs, WallClock(), {"lab", {}}).value();
  const RunId ours = Submit({"print 1"});
  Work();
  EXPECT_EQ(Stored(ours), kPrintedOne);
}

TEST_F(SchedulerTest, TakesThePlaceOfARunThatWasKilledInTheForeground) {
  config_.gateways["lab"].max_kernels = 1;
  std::optional<Store> killed = OpenStore();
  killed->RegisterWorker(WorkerKind::kRun);
  const RunId theirs = killed->AddRun(ForegroundRun(), WallClock());
  const Claim claim = killed->ClaimRun(theirs, WallClock(), {"lab", 1}).value();
  const RunId ours = Submit({"print 1"});
  Job passing = JobOf({"print 1"});
  Configure("farm", gateway_.Address().url);
  passing.gateway = "farm";
  const RunId last = SubmitJob(passing);
  listener_.on_end = [&](RunId ended) {
    if (ended == last) killed.reset();
  };
  Work();
  EXPECT_EQ(Stored(ours), kPrintedOne);
  EXPECT_EQ(Stored(theirs), "failed interrupted, attempt 1\n[0] not_run\n");
  EXPECT_THAT(notes_, testing::MatchesRegex("run 1: its Cellar [^\n]* ended without finishing "
                                            "it\n"));
}

TEST_F(SchedulerTest, TakesHighPriorityFirst) {
  settings_.side_by_side = 1;
  Submit({"print low"}, -1);
  Submit({"print first"});
  Submit({"print second"});
  Submit({"print high"}, 7);
  Work();
  EXPECT_THAT(gateway_.Codes(),
              ElementsAre("print high", "print first", "print second", "print low"));
}

TEST_F(SchedulerTest, LetsRunsWaitWhereTheGatewayIsFull) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(403, "Resource Limit", 2));
  const RunId run = Submit({"print 1"});
  Work();
  EXPECT_EQ(Stored(run), kPrintedOne);
  EXPECT_EQ(notes_, "");
}

TEST_F(SchedulerTest, LetsRunsWaitForAGatewayThatFailsAndSaysSoOnce) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(502, "Bad Gateway", 2));
  const RunId first = Submit({"print 1"});
  const RunId second = Submit({"print 1"});
  Work();
  EXPECT_EQ(Stored(first), kPrintedOne);
  EXPECT_EQ(Stored(second), kPrintedOne);
  EXPECT_THAT(notes_, testing::MatchesRegex("[^\n]*502[^\n]*its runs wait\n"
                                            "gateway lab answers again\n"));
}

TEST_F(SchedulerTest, LeavesARunThatNoGatewayCanTake) {
  NewRun run;
  run.job.name = "story";
  run.job.requires_labels = {"gpu"};
  run.job.cells.resize(1);
  Store store = OpenStore();
  const RunId id = store.AddRun(run, WallClock());
  Work();
  EXPECT_EQ(Stored(id), "queued, attempt 0\n");
  EXPECT_EQ(notes_, "run 1 waits: no gateway has the label 'gpu'\n");
}

TEST_F(SchedulerTest, EndsARunThatSomebodyCancels) {
  const RunId run = Submit({"print 1\nhang", "print 2"});
  std::thread somebody([&] {
    Store store = OpenStore();
    while (FindOutputs(store, run, 1, 0).empty()) std::this_thread::sleep_for(milliseconds(5));
    EXPECT_EQ(CancelRun(store, run, WallClock()), CancelResult::kRequested);
  });
  Work();
  somebody.join();
  EXPECT_EQ(Stored(run), "cancelled by_user, attempt 1\n[0] failed\n1\n[1] not_run\n");
  gateway_.AwaitNoKernels();
}

TEST_F(SchedulerTest, LeavesARunningCellToTheNextWorkerWhoGoesOnWithIt) {
  const RunId run = Submit({"print 1", "print 2\nwait gate\nprint 3", "print 4"});
  std::thread somebody([&] {
    gateway_.AwaitCells(2);
    kill(getpid(), SIGTERM);
  });
  EXPECT_EQ(Work(), SIGTERM);
  somebody.join();
  EXPECT_EQ(gateway_.LiveKernels(), 1);
  gateway_.Open("gate");
  EXPECT_EQ(Work(), 0);
  EXPECT_EQ(Stored(run),
            "succeeded, attempt 1\n[0] succeeded\n1\n[1] succeeded\n2\n3\nevent resumed\n"
            "[2] succeeded\n4\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1", "print 2\nwait gate\nprint 3", "print 4"));
  gateway_.AwaitNoKernels();
}

TEST_F(SchedulerTest, LosesAClaimAndLeavesItsOtherRunsInOrder) {
  const RunId lost = Submit({"wait gate\nprint 2"});
  const RunId kept = Submit({"print 1\nwait later\nprint 2"});
  Store next = OpenStore();
  std::thread somebody([&] {
    gateway_.AwaitCells(2);
    TakeOverByForce(lost, next.RegisterWorker(WorkerKind::kWork));
    gateway_.Open("gate");
  });
  std::string said;
  try {
    Work();
  } catch (const Error& error) {
    said = error.what();
  }
  somebody.join();
  EXPECT_THAT(said, testing::HasSubstr("attempt 1 of run 1 is no longer this Cellar's"));
  EXPECT_EQ(Stored(lost), "running, attempt 1\n[0] running\n");
  EXPECT_EQ(gateway_.LiveKernels(), 2);
  gateway_.Open("later");
  EXPECT_EQ(Work(), 0);
  EXPECT_EQ(Stored(kept), "succeeded, attempt 1\n[0] succeeded\n1\n2\nevent resumed\n");
}

TEST_F(SchedulerTest, AsksAtEachTurnUntilTheLastRunHasEnded) {
  const RunId run = Submit({"print 1"});
  Store store = OpenStore();
  store.RegisterWorker(WorkerKind::kServe);
  Scheduler scheduler(store, config_, settings_, listener_);
  std::string state_at_last_turn;
  int turns = 0;
  scheduler.on_turn = [&] {
    ++turns;
    state_at_last_turn = Stored(run);
    return milliseconds(1);
  };
  scheduler.Run();
  EXPECT_GE(turns, 2);
  EXPECT_EQ(state_at_last_turn, kPrintedOne);
}

TEST_F(SchedulerTest, CannotSayWhatACellDidWhoseKernelIsGoneWithItsWorker) {
  const RunId run = Submit({"print 1", "wait gate"});
  std::thread somebody([&] {
    gateway_.AwaitCells(2);
    kill(getpid(), SIGTERM);
  });
  EXPECT_EQ(Work(), SIGTERM);
  somebody.join();
  gateway_.Open("gate");
  gateway_.Cull();
  EXPECT_EQ(Work(), 0);
  EXPECT_EQ(Stored(run), "failed interrupted, attempt 1\n[0] succeeded\n1\n[1] unknown\n");
}

TEST_F(SchedulerTest, LeavesARunOnAGatewayThatItDoesNotKnowToAnotherWorker) {
  const RunId run = Submit({"print 1\nwait gate\nprint 2"});
  std::thread somebody([&] {
    gateway_.AwaitCells(1);
    kill(getpid(), SIGTERM);
  });
  EXPECT_EQ(Work(), SIGTERM);
  somebody.join();
  const auto gateways = std::exchange(config_.gateways, {});
  config_.default_gateway.clear();
  EXPECT_EQ(Work(), 0);
  EXPECT_THAT(Stored(run), testing::StartsWith("running, attempt 1\n[0] running\n"));
  EXPECT_THAT(notes_,
              testing::StartsWith("run 1: its worker is gone, and it waits for one that can "
                                  "go on with it: "));
  EXPECT_EQ(gateway_.LiveKernels(), 1);
  config_.gateways = gateways;
  gateway_.Open("gate");
  EXPECT_EQ(Work(), 0);
  EXPECT_EQ(Stored(run), "succeeded, attempt 1\n[0] succeeded\n1\n2\nevent resumed\n");
}

TEST_F(SchedulerTest, ChoosesTheKernelspecOfARunWhoseWorkerDiedBeforeIt) {
  FakeGatewayOptions options;
  options.kernelspecs = {"python3", "ir"};
  FakeGateway farm(options);
  Configure("farm", farm.Address().url);
  Job job;
  job.language = "r";
  job.cells.resize(1);
  job.cells[0].source = "print 1";
  const RunId run = SubmitJob(job);
  {
    Store dying = OpenStore();
    dying.RegisterWorker(WorkerKind::kWork);
    ASSERT_TRUE(dying.ClaimRun(run, WallClock(), {"farm", std::nullopt}));
  }
  Work();
  EXPECT_EQ(Stored(run), kPrintedOne);
  EXPECT_EQ(FindRun(OpenStore(), run)->kernelspec, "ir");
}

TEST_F(SchedulerTest, GivesAKernelBackThatItCouldNotRecord) {
  Submit({"print 1"});
  OpenStore()
      .impl()
      .database
      .PrepareOnce(
          "CREATE TRIGGER fault BEFORE UPDATE ON kernel WHEN new.state = 'started' "
          "BEGIN SELECT RAISE(ABORT, 'fault'); END")
      .Run();
  EXPECT_THROW(Work(), Error);
  gateway_.AwaitNoKernels();
  EXPECT_THAT(gateway_.Codes(), testing::IsEmpty());
}

TEST_F(SchedulerTest, StopsTryingARunThatKillsItsKernelsAndSaysSo) {
  Job job;
  job.name = "poison";
  job.cells.resize(1);
  job.cells[0].source = "die for good";
  job.retry.attempts = 9;
  const RunId run = SubmitJob(job);
  Work();
  const RunRecord record = FindRun(OpenStore(), run).value();
  EXPECT_EQ(record.state, RunState::kFailed);
  EXPECT_EQ(record.attempt, 3);
  const std::string why = "not tried again: its worker or its kernel died 3 times within a day";
  EXPECT_THAT(record.message, testing::EndsWith("; " + why));
  EXPECT_EQ(notes_, "run 1: " + why + "\n");
}

}  // namespace
}  // namespace cellar
