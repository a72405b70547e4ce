// The same attempts on the fake gateway and on a real jupyter-server: how cells, kernels and people
// end them. Where these cases differ, the fake lies.
#include "tests/runner/attempt_fixture.h"
#include "tests/runner/attempt_subject.h"
#include "tests/support/relay.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AttemptContractTest : public AttemptTest,
                            public testing::WithParamInterface<AttemptSubjectMaker> {
 protected:
  void SetUp() override {
    subject_ = GetParam().make();
    cells_ = subject_->Cells();
  }
  Job JobOnSubject(const std::vector<std::string>& codes) const {
    Job job = JobOf(codes);
    job.kernel = subject_->Kernelspec();
    return job;
  }
  void Begin(const Job& job) { AttemptTest::Begin(subject_->Address(), job); }
  std::string Transcript(const Job& job) { return TranscriptOf(subject_->Address(), job); }
  void ExpectKernelGivenBack() {
    RunUntil([&] { return !subject_->HasKernels(); });
  }

  std::unique_ptr<AttemptSubject> subject_;
  SubjectCells cells_;
};

/// Where the kernel's language is no matter.
class AnyKernelTest : public AttemptContractTest {};

TEST_P(AnyKernelTest, CarriesStateFromCellToCell) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.hello, cells_.set, cells_.get})),
            "run succeeded\n[0] succeeded\nstdout: hello\n[1] succeeded\n"
            "[2] succeeded\nstdout: kept\n");
  ExpectKernelGivenBack();
}

TEST_P(AnyKernelTest, KeepsEveryOutputUpToTheCellThatRaised) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.hello, cells_.raise, cells_.hello})),
            "run failed cell_error\n[0] succeeded\nstdout: hello\n[1] failed error\n" +
                cells_.raised + "[2] not_run\n");
  ExpectKernelGivenBack();
}

TEST_P(AnyKernelTest, InterruptsACellAtItsTimeoutAndGoesOnWhereTheJobSaysSo) {
  Job job = JobOnSubject({cells_.set, cells_.hang, cells_.get});
  job.cells[1].timeout = seconds(2);
  job.cells[1].on_error = OnError::kContinue;
  EXPECT_EQ(Transcript(job), "run failed cell_timeout\n[0] succeeded\n[1] failed timeout\n" +
                                 cells_.hung + "[2] succeeded\nstdout: kept\n");
  ExpectKernelGivenBack();
}

TEST_P(AnyKernelTest, EndsACellWhoseKernelGivesNoSignOfLife) {
  Job job = JobOnSubject({cells_.freeze, cells_.hello});
  job.stall_timeout = seconds(6);
  Begin(job);
  RunUntilOutput("ready");
  subject_->Freeze();
  EXPECT_EQ(Finish(), "run failed stalled\n[0] failed stalled\nstdout: ready\n[1] not_run\n");
  EXPECT_THAT(Run().message, testing::HasSubstr("no sign of life"));
  ExpectKernelGivenBack();
}

INSTANTIATE_TEST_SUITE_P(All, AnyKernelTest,
                         testing::Values(OnFakeGateway(), OnFakeGatewayWithoutV1(), OnIpykernel(),
                                         OnIrkernel()),
                         [](const auto& each) { return each.param.name; });

TEST_P(AttemptContractTest, GivesUpACellThatIgnoresTheInterrupt) {
  Job job = JobOnSubject({cells_.stubborn, cells_.hello});
  job.cell_timeout = seconds(3);
  job.cells[0].on_error = OnError::kContinue;
  Begin(job);
  EXPECT_EQ(Finish(), "run failed cell_timeout\n[0] failed timeout\nstdout: ready\n[1] not_run\n");
  EXPECT_THAT(Run().message, testing::HasSubstr("did not react to an interrupt"));
  ExpectKernelGivenBack();
}

TEST_P(AttemptContractTest, EndsTheWholeAttemptAtTheRunsTimeout) {
  Job job = JobOnSubject({cells_.hello, cells_.hang, cells_.hello});
  job.timeout = seconds(10);
  job.cells[1].on_error = OnError::kContinue;
  EXPECT_EQ(Transcript(job),
            "run failed run_timeout\n[0] succeeded\nstdout: hello\n"
            "[1] failed timeout\n" +
                cells_.hung + "[2] not_run\n");
  ExpectKernelGivenBack();
}

TEST_P(AttemptContractTest, FailsWithAKernelThatIsKilled) {
  Begin(JobOnSubject({cells_.freeze, cells_.hello}));
  RunUntilOutput("ready");
  subject_->Kill();
  EXPECT_EQ(Finish(),
            "run failed kernel_died\n[0] failed kernel_died\nstdout: ready\n[1] not_run\n");
  EXPECT_THAT(Run().message, testing::HasSubstr("died"));
  ExpectKernelGivenBack();
}

TEST_P(AttemptContractTest, FailsWithAKernelThatEndsItself) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.crash, cells_.hello})),
            "run failed kernel_died\n[0] failed kernel_died\n[1] not_run\n");
  ExpectKernelGivenBack();
}

TEST_P(AttemptContractTest, FailsWithAKernelThatAnotherClientRestarts) {
  Begin(JobOnSubject({cells_.stubborn, cells_.hello}));
  RunUntilOutput("ready");
  subject_->RestartByAnother();
  EXPECT_EQ(Finish(),
            "run failed kernel_died\n[0] failed kernel_died\nstdout: ready\n[1] not_run\n");
  EXPECT_THAT(Run().message, testing::HasSubstr("was restarted by another client"));
  ExpectKernelGivenBack();
}

TEST_P(AttemptContractTest, FailsWithAKernelThatAnotherClientDeletes) {
  Begin(JobOnSubject({cells_.stubborn, cells_.hello}));
  RunUntilOutput("ready");
  subject_->DeleteByAnother();
  EXPECT_EQ(Finish(),
            "run failed kernel_died\n[0] failed kernel_died\nstdout: ready\n[1] not_run\n");
  EXPECT_THAT(Run().message, testing::HasSubstr("was shut down by another client"));
}

TEST_P(AttemptContractTest, SucceedsWithACellThatExitsOnlyAsTheLast) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.hello, cells_.leave})),
            "run succeeded\n[0] succeeded\nstdout: hello\n[1] succeeded\n");
  EXPECT_EQ(Transcript(JobOnSubject({cells_.leave, cells_.hello})),
            "run failed kernel_died\n[0] succeeded\n[1] not_run\n");
  EXPECT_EQ(Run().message, "cell 0 ended the kernel (exit) before the last cell");
}

TEST_P(AttemptContractTest, UpdatesADisplayOfAnEarlierCell) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.bar, cells_.finish})),
            "run succeeded\n[0] succeeded\ndisplay_data: 100\n[1] succeeded\n");
}

TEST_P(AttemptContractTest, ClearsOutputAndKeepsItInTheHistory) {
  EXPECT_EQ(Transcript(JobOnSubject({cells_.clears})), "run succeeded\n[0] succeeded\nstdout: 2\n");
  EXPECT_EQ(UnclearedOutputs(0), "stdout: 1\nstdout: 2\n");
}

TEST_P(AttemptContractTest, StoresEveryTickOnceAcrossACut) {
  Relay relay(std::stoi(subject_->Address().url.substr(std::string("http://127.0.0.1:").size())));
  AttemptTest::Begin(relay.Through(subject_->Address()),
                     JobOnSubject({cells_.set, cells_.ticks, cells_.get}));
  RunUntilOutput("tick 6", 1);
  relay.Cut();
  RunUntil([&] { return !CellAt(1).events.empty(); });  // what is said into a dead TCP is lost
  subject_->OpenGate();
  std::string ticks;
  for (int i = 1; i <= 12; ++i) ticks += "tick " + std::to_string(i) + "\n";
  EXPECT_EQ(Finish(), "run succeeded\n[0] succeeded\n[1] succeeded\nstdout: " + ticks +
                          "event resumed\n[2] succeeded\nstdout: kept\n");
}

TEST_P(AttemptContractTest, StopsACellWhenAPersonSaysSo) {
  Begin(JobOnSubject({cells_.freeze, cells_.hello}));
  RunUntilOutput("ready");
  attempt_->Stop(kStoppedBySignal);
  EXPECT_THAT(Finish(), testing::AnyOf("run cancelled by_user\n[0] failed error\nstdout: ready\n" +
                                           cells_.hung + "[1] not_run\n",
                                       "run cancelled by_user\n[0] unknown\nstdout: ready\n"
                                       "[1] not_run\n"));
  ExpectKernelGivenBack();
}

INSTANTIATE_TEST_SUITE_P(All, AttemptContractTest, testing::Values(OnFakeGateway(), OnIpykernel()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cellar
