// Kernels that are ready before a run wants them, on the fake gateway.
#include "runner/warm_kernels.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "runner/wall_clock.h"
#include "store/attempt_writer.h"
#include "store/history.h"
#include "tests/runner/attempt_fixture.h"
#include "tests/runner/scheduler_fixture.h"

namespace cellar {
namespace {

class WarmKernelsTest : public SchedulerTest {
 protected:
  WarmKernelsTest() {
    settings_.drain = false;
    config_.gateways["lab"].warm = {{"python3", 1}};
  }

  /// A worker that lives as long as the story.
  void WorkDuring(const std::function<void()>& story) {
    std::exception_ptr fault;
    std::thread somebody([&] {
      try {
        story();
      } catch (...) {
        fault = std::current_exception();
      }
      kill(getpid(), SIGTERM);
    });
    Work();
    somebody.join();
    if (fault) std::rethrow_exception(fault);
  }

  void Until(const std::function<bool()>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nothing came");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  /// The ids of those that are ready and no run's.
  std::vector<std::string> Ready() const {
    std::vector<std::string> ids;
    for (const KernelRecord& kernel : OpenStore().Kernels()) {
      const bool is_ready =
          kernel.state == KernelState::kStarted && !kernel.run && !kernel.process_session.empty();
      if (is_ready) ids.push_back(kernel.kernel_id);
    }
    return ids;
  }

  std::string AwaitReady() const {
    Until([&] { return !Ready().empty(); });
    return Ready().front();
  }

  std::string RunToItsEnd(const Job& job) {
    const RunId run = SubmitJob(job);
    Until([&] { return IsEnded(FindRun(OpenStore(), run)->state); });
    return Stored(run);
  }

  /// The kernel that ran the latest cell.
  std::string LastKernel() const { return gateway_.Cells().back().kernel_id; }
};

TEST_F(WarmKernelsTest, AreReadyForTheRunThatComes) {
  WorkDuring([&] {
    const std::string warm = AwaitReady();
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    EXPECT_EQ(LastKernel(), warm);
  });
  gateway_.AwaitNoKernels();
}

TEST_F(WarmKernelsTest, AreEachUsedByOneRunOnlyAndToppedUp) {
  std::vector<std::string> used;
  WorkDuring([&] {
    for (int i = 0; i < 3; ++i) {
      const std::string warm = AwaitReady();
      EXPECT_EQ(RunToItsEnd(JobOf({"print 1", "print 2"})),
                "succeeded, attempt 1\n[0] succeeded\n1\n[1] succeeded\n2\n");
      EXPECT_EQ(LastKernel(), warm);
      used.push_back(warm);
    }
  });
  std::sort(used.begin(), used.end());
  EXPECT_EQ(std::unique(used.begin(), used.end()) - used.begin(), 3);
}

TEST_F(WarmKernelsTest, AreReplacedWhenTheyDie) {
  WorkDuring([&] {
    const std::string first = AwaitReady();
    gateway_.Kill(first);
    Until([&] {
      const auto ready = Ready();
      return !ready.empty() && ready.front() != first;
    });
    const std::string second = Ready().front();
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    EXPECT_EQ(LastKernel(), second);
  });
}

TEST_F(WarmKernelsTest, AreNotGivenToARunOnceTheyWentWithoutAWord) {
  gateway_.SetSaysGoodbye(false);
  WorkDuring([&] {
    const std::string lost = AwaitReady();
    gateway_.Cull(lost);
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    EXPECT_NE(LastKernel(), lost);
  });
}

TEST_F(WarmKernelsTest, AreNotGivenToARunWhileTheyAreFrozen) {
  WorkDuring([&] {
    const std::string frozen = AwaitReady();
    gateway_.Freeze(frozen);
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    EXPECT_NE(LastKernel(), frozen);
  });
}

TEST_F(WarmKernelsTest, GiveWayToARunOfAnotherKernelspec) {
  config_.gateways["lab"].max_kernels = 1;
  Job job = JobOf({"print 1"});
  job.kernel = "ir";
  WorkDuring([&] {
    const std::string warm = AwaitReady();
    EXPECT_EQ(RunToItsEnd(job), kPrintedOne);
    EXPECT_NE(LastKernel(), warm);
  });
  // Each creation but the first behind the end of the one before.
  const std::vector<std::string> routes = gateway_.Routes();
  int kernels = 0;
  for (const std::string& route : routes) {
    if (route == "POST /api/sessions") ++kernels;
    if (route == "DELETE /api/sessions/{id}") --kernels;
    EXPECT_LE(kernels, 1);
  }
}

TEST_F(WarmKernelsTest, CountAmongTheKernelsOfTheirGateway) {
  config_.gateways["lab"].max_kernels = 2;
  config_.gateways["lab"].warm = {{"python3", 2}};
  WorkDuring([&] {
    Until([&] { return Ready().size() == 2; });
    const RunId first = Submit({"wait gate", "print 1"});
    const RunId second = Submit({"wait gate", "print 1"});
    gateway_.AwaitCells(2);
    EXPECT_EQ(gateway_.LiveKernels(), 2);
    gateway_.Open("gate");
    for (const RunId run : {first, second}) {
      Until([&] { return IsEnded(FindRun(OpenStore(), run)->state); });
    }
  });
}

TEST_F(WarmKernelsTest, GiveWayToARunOfAnotherWorker) {
  config_.gateways["lab"].max_kernels = 1;
  WorkDuring([&] {
    AwaitReady();
    Store other = OpenStore();
    const RunId run = other.AddRun(ForegroundRun(), WallClock());
    const Claim claim = other.ClaimRun(run, WallClock(), {"lab", 1}).value();
    gateway_.AwaitNoKernels();
    AttemptWriter(other, claim.attempt, 0).End({RunState::kSucceeded, {}, ""}, WallClock());
    AwaitReady();
  });
}

TEST_F(WarmKernelsTest, CountWithThoseOfOtherWorkers) {
  config_.gateways["lab"].max_kernels = 2;
  config_.gateways["lab"].warm = {{"python3", 2}};
  Store other = OpenStore();
  KernelRecord theirs;
  theirs.gateway = "lab";
  theirs.tag = "theirs";
  theirs.created_at = WallClock();
  other.RecordKernelIntent(theirs, std::nullopt);
  WorkDuring([&] {
    AwaitReady();
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    AwaitReady();
  });
  int kernels = 0;
  for (const std::string& route : gateway_.Routes()) {
    if (route == "POST /api/sessions") ++kernels;
    if (route == "DELETE /api/sessions/{id}") --kernels;
    EXPECT_LE(kernels, 1);
  }
}

TEST_F(WarmKernelsTest, AreNotForAJobInAnotherDirectory) {
  Job job = JobOf({"print 1"});
  job.working_dir = "sub";
  WorkDuring([&] {
    const std::string warm = AwaitReady();
    EXPECT_EQ(RunToItsEnd(job), kPrintedOne);
    EXPECT_NE(LastKernel(), warm);
    EXPECT_EQ(AwaitReady(), warm);
  });
}

TEST_F(WarmKernelsTest, EndWhenNobodyWantedThemForLongAndComeBackWithTheNextRun) {
  config_.gateways["lab"].warm_idle = std::chrono::seconds(2);
  WorkDuring([&] {
    AwaitReady();
    gateway_.AwaitNoKernels();
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
    AwaitReady();
  });
}

TEST_F(WarmKernelsTest, AreTakenOverWhileTheyAreStillStarting) {
  gateway_.Hold("POST /api/sessions");
  WorkDuring([&] {
    gateway_.AwaitRequests("POST /api/sessions", 1);
    const RunId run = Submit({"print 1"});
    Until([&] { return FindRun(OpenStore(), run)->state == RunState::kRunning; });
    EXPECT_EQ(gateway_.Count("POST /api/sessions"), 1);
    gateway_.Release("POST /api/sessions");
    Until([&] { return IsEnded(FindRun(OpenStore(), run)->state); });
    EXPECT_EQ(Stored(run), kPrintedOne);
  });
}

TEST_F(WarmKernelsTest, SayOnceThatTheirKernelspecIsNotThere) {
  config_.gateways["lab"].warm = {{"pyhton3", 1}};
  WorkDuring([&] {
    gateway_.AwaitRequests("POST /api/sessions", 1);
    EXPECT_EQ(RunToItsEnd(JobOf({"print 1"})), kPrintedOne);
  });
  EXPECT_THAT(notes_, testing::MatchesRegex("no warm kernel: [^\n]*pyhton3[^\n]*python3[^\n]*\n"));
}

TEST_F(WarmKernelsTest, AreNoMoreThanADrainedQueueNeeds) {
  settings_.drain = true;
  config_.gateways["lab"].warm = {{"python3", 5}};
  settings_.side_by_side = 1;
  for (int i = 0; i < 3; ++i) Submit({"print 1"});
  Work();
  EXPECT_LE(gateway_.Count("POST /api/sessions"), 3);
  gateway_.AwaitNoKernels();
}

}  // namespace
}  // namespace cellar
