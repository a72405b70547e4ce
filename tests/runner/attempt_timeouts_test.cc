// The three limits of time, from the kernel's start to its last cell, and a person's own: each ends
// the attempt, or the cell, with its own reason.
#include "tests/runner/attempt_fixture.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class AttemptTimeoutsTest : public FakeAttemptTest {};

TEST_F(AttemptTimeoutsTest, LetsACellsOwnTimeoutReplaceTheJobs) {
  Job job = JobOf({"print 1\nhang", "print 2"});
  job.cell_timeout = seconds(3600);
  job.cells[0].timeout = milliseconds(200);
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_timeout\n[0] failed timeout\nstdout: 1\nerror KeyboardInterrupt: \n"
            "[1] not_run\n");
  EXPECT_EQ(Run().message, "cell 0: the cell's timeout passed");
  gateway_.AwaitNoKernels();
}

// 16: cells that catch the interrupt go on; the limit was passed all the same.
TEST_F(AttemptTimeoutsTest, HasTimedOutThoughTheCellCaughtTheInterrupt) {
  gateway_.OnCell("except KeyboardInterrupt", [](FakeCell& cell) {
    cell.IgnoreInterrupts();
    cell.Await("caught");
    cell.Print("caught\n");
  });
  Job job = JobOf({"except KeyboardInterrupt", "print 2"});
  job.cells[0].timeout = milliseconds(200);
  job.cells[0].on_error = OnError::kContinue;
  Begin(job);
  RunUntil([&] { return gateway_.Count("POST /api/kernels/{id}/interrupt") == 1; });
  gateway_.Open("caught");
  EXPECT_EQ(Finish(),
            "run failed cell_timeout\n[0] failed timeout\nstdout: caught\n"
            "[1] succeeded\nstdout: 2\n");
}

// An interrupt that another client asked for, or the cell itself, is the cell's own error.
TEST_F(AttemptTimeoutsTest, TakesAnInterruptThatItDidNotAskForAsAnError) {
  Job job = JobOf({"raise KeyboardInterrupt by itself", "print 2"});
  job.cell_timeout = seconds(3600);
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n[0] failed error\nerror KeyboardInterrupt: by itself\n"
            "[1] not_run\n");
}

TEST_F(AttemptTimeoutsTest, ExpectsNoErrorThatIsATimeout) {
  Job job = JobOf({"hang"});
  job.cells[0].timeout = milliseconds(200);
  job.cells[0].expects_error = true;
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_timeout\n[0] failed timeout\nerror KeyboardInterrupt: \n");
}

TEST_F(AttemptTimeoutsTest, GivesUpWhereTheInterruptCannotBeSent) {
  gateway_.AnswerWith("POST /api/kernels/{id}/interrupt", HtmlAnswer(502, "Bad Gateway"));
  Job job = JobOf({"hang"});
  job.cells[0].timeout = milliseconds(200);
  EXPECT_EQ(TranscriptOfJob(job), "run failed cell_timeout\n[0] failed timeout\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTimeoutsTest, SendsNoCellOnceTheRunsTimeoutHasPassed) {
  Job job = JobOf({"print 1\nlose idle", "print 2"});
  job.timeout = seconds(2);
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed run_timeout\n[0] succeeded\nstdout: 1\nevent outputs_lost\n[1] not_run\n");
  EXPECT_EQ(Run().message, "the run's timeout passed before cell 1");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1\nlose idle"));
}

TEST_F(AttemptTimeoutsTest, CountsTheKernelsStartToTheRunsTimeout) {
  gateway_.Hold("POST /api/sessions");
  Job job = JobOf({"print 1"});
  job.timeout = milliseconds(300);
  EXPECT_EQ(TranscriptOfJob(job), "run failed run_timeout\n[0] not_run\n");
  EXPECT_EQ(Run().message, "the run's timeout passed while its kernel was starting");
}

TEST_F(AttemptTimeoutsTest, CountsTheKernelsFirstAnswerToTheRunsTimeout) {
  gateway_.Hold("GET /api/kernels/{id}/channels");
  Job job = JobOf({"print 1"});
  job.timeout = seconds(2);
  EXPECT_EQ(TranscriptOfJob(job), "run failed run_timeout\n[0] not_run\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTimeoutsTest, WaitsForAKernelUpToTheRunsTimeoutAndSaysWhatFor) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(403, "Resource Limit"));
  Job job = JobOf({"print 1"});
  job.timeout = seconds(1);
  EXPECT_EQ(TranscriptOfJob(job), "run failed run_timeout\n[0] not_run\n");
  EXPECT_THAT(Run().message, testing::AllOf(HasSubstr("the run's timeout passed"),
                                            HasSubstr("a kernel limit is reached")));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("waiting for a kernel")));
}

TEST_F(AttemptTimeoutsTest, StallsOnlyWithoutAnySignOfLife) {
  Job job = JobOf({"print 1\nwait gate"});
  job.stall_timeout = seconds(5);
  Begin(job);
  // Silent for longer than that; the kernel answers on its control channel meanwhile.
  RunUntil([&] { return gateway_.Count("GET /api/kernels/{id}") >= 3; });
  gateway_.Open("gate");
  EXPECT_EQ(Finish(), "run succeeded\n[0] succeeded\nstdout: 1\n");
}

TEST_F(AttemptTimeoutsTest, StallsWhereNeitherCellNorControlAnswers) {
  gateway_.SetControlAnswers(false);
  Job job = JobOf({"print 1\nhang"});
  job.stall_timeout = seconds(3);
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed stalled\n[0] failed stalled\nstdout: 1\nerror KeyboardInterrupt: \n");
  EXPECT_EQ(Run().message, "cell 0: no output and no sign of life within the stall timeout");
}

TEST_F(AttemptTimeoutsTest, StopsWhileTheKernelIsStarting) {
  gateway_.Hold("POST /api/sessions");
  Begin(JobOf({"print 1"}));
  RunUntil([&] { return gateway_.Count("POST /api/sessions") == 1; });
  attempt_->Stop(kStoppedBySignal);
  EXPECT_EQ(Finish(), "run cancelled by_user\n[0] not_run\n");
}

TEST_F(AttemptTimeoutsTest, StopsWhileItWaitsForAKernel) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(403, "Resource Limit"));
  Begin(JobOf({"print 1"}));
  RunUntil([&] { return !notes_.empty(); });
  attempt_->Stop(kStoppedBySignal);
  EXPECT_EQ(Finish(), "run cancelled by_user\n[0] not_run\n");
}

TEST_F(AttemptTimeoutsTest, StopsACellThatIgnoresTheInterruptWithItsEndUnknown) {
  Begin(JobOf({"stubborn\nprint 1\nhang", "print 2"}));
  RunUntilOutput("1");
  attempt_->Stop(kStoppedBySignal);
  EXPECT_EQ(Finish(), "run cancelled by_user\n[0] unknown\nstdout: 1\n[1] not_run\n");
  gateway_.AwaitNoKernels();
}

}  // namespace
}  // namespace cellar
