// The queue against the fake gateway: who runs when and where, and what happens to runs whose
// worker goes. What the store holds afterwards.
#include "runner/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "runner/wall_clock.h"
#include "store/history.h"
#include "store/run_control.h"
#include "store/store_impl.h"
#include "store/submission.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using testing::ElementsAre;

class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() {
    folder_.Write("token", "fake-token");
    Configure("lab", gateway_.Address().url);
    config_.default_gateway = "lab";
    listener_.on_begin = [](RunId, const std::string&) {};
    listener_.on_cell_end = [](RunId, int, const std::string&, const CellEnd&) {};
    listener_.on_end = [](RunId) {};
    listener_.on_note = [this](const std::string& line) { notes_ += line + "\n"; };
    settings_.drain = true;
  }

  void Configure(const std::string& name, const std::string& url) {
    GatewayConfig& gateway = config_.gateways[name];
    gateway.url = url;
    gateway.token_file = folder_ / "token";
  }

  Store OpenStore() const { return Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite); }

  RunId Submit(const std::vector<std::string>& cells, int priority = 0) {
    NewRun run;
    run.job.name = "story";
    run.priority = priority;
    for (const std::string& code : cells) {
      Cell cell;
      cell.source = code;
      run.job.cells.push_back(cell);
    }
    Store store = OpenStore();
    return store.AddRun(run, WallClock());
  }

  /// What adoption does to the runs of the dead, done to one that lives.
  void TakeOverByForce(RunId run, WorkerId worker) {
    Store store = OpenStore();
    for (const char* table : {"attempt", "kernel"}) {
      const std::string which = std::string(table) == "attempt"
                                    ? "run_id = :run"
                                    : "attempt_id = (SELECT id FROM attempt WHERE run_id = :run)";
      store.impl()
          .database
          .PrepareOnce("UPDATE " + std::string(table) + " SET worker_id = :worker WHERE " + which)
          .Bind(":worker", worker.value)
          .Bind(":run", run.value)
          .Run();
    }
  }

  /// A worker from its begin to its end.
  int Work() {
    Store store = OpenStore();
    store.RegisterWorker(WorkerKind::kWork);
    Scheduler scheduler(store, config_, settings_, listener_);
    scheduler.Run();
    return scheduler.signal();
  }

  /// "succeeded, attempt 1", then the stdout and the events of its cells.
  std::string Stored(RunId id) const {
    const Store store = OpenStore();
    const RunRecord run = FindRun(store, id).value();
    std::string text = std::string(ToWord(run.state));
    if (run.reason) text += " " + std::string(ToWord(*run.reason));
    text += ", attempt " + std::to_string(run.attempt) + "\n";
    for (const CellRecord& cell : FindCells(store, id)) {
      text += "[" + std::to_string(cell.index) + "] " + std::string(ToWord(cell.state)) + "\n";
      for (const OutputRecord& output : FindOutputs(store, id, 0, cell.index)) {
        text += output.body.value("text", "");
      }
      for (const EventRecord& event : cell.events) {
        text += "event " + std::string(ToWord(event.kind)) + "\n";
      }
    }
    return text;
  }

  /// For threads beside the worker.
  void AwaitStored(RunId run, const std::string& end) const {
    for (int i = 0; i < 6000 && !Stored(run).ends_with(end); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  TempDir folder_;
  FakeGateway gateway_;
  Config config_;
  SchedulerSettings settings_;
  RunListener listener_;
  std::string notes_;
};

constexpr char kPrintedOne[] = "succeeded, attempt 1\n[0] succeeded\n1\n";

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
    gateway_.AwaitCells(1);
    Store store = OpenStore();
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
  const RunId lost = Submit({"print 1\nwait gate\nprint 2"});
  const RunId kept = Submit({"print 1\nwait later\nprint 2"});
  Store next = OpenStore();
  std::thread somebody([&] {
    AwaitStored(lost, "1\n");
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
  EXPECT_EQ(Stored(lost), "running, attempt 1\n[0] running\n1\n");
  EXPECT_EQ(gateway_.LiveKernels(), 2);
  gateway_.Open("later");
  EXPECT_EQ(Work(), 0);
  EXPECT_EQ(Stored(kept), "succeeded, attempt 1\n[0] succeeded\n1\n2\nevent resumed\n");
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

}  // namespace
}  // namespace cellar
