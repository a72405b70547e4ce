// When a cell is done, and what it then was: the reply decides. The numbers name points of
// execution-semantics.
#include "tests/runner/attempt_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class AttemptVerdictTest : public FakeAttemptTest {};

// 1, 2: both are needed, in either order, and of the cell's own request.
TEST_F(AttemptVerdictTest, TakesAReplyAfterIdle) {
  EXPECT_EQ(TranscriptOf({"print 1\nidle", "print 2"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptVerdictTest, TakesAReplyBeforeEverythingElse) {
  gateway_.OnBareCell("cell", [](FakeCell& cell) {
    cell.Reply();
    cell.Busy();
    cell.Input();
    cell.Print("1\n");
    cell.Idle();
  });
  EXPECT_EQ(TranscriptOf({"cell", "print 2"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptVerdictTest, IsNotDoneWithTheRepliesAndIdlesOfOthers) {
  gateway_.OnCell("cell", [](FakeCell& cell) {
    const json other = MakeFakeHeader("execute_request", "another-session");
    cell.Send({.type = "status", .content = {{"execution_state", "idle"}}, .parent = other});
    cell.Send(
        {.type = "status", .content = {{"execution_state", "idle"}}, .parent = json::object()});
    cell.Send({.channel = "shell",
               .type = "execute_reply",
               .content = {{"status", "ok"}},
               .parent = other});
    cell.Print("1\n");
    cell.Raise("ValueError", "own");
  });
  EXPECT_EQ(TranscriptOf({"cell"}),
            "run failed cell_error\n[0] failed error\nstdout: 1\nerror ValueError: own\n");
}

// 3
TEST_F(AttemptVerdictTest, TakesTheVerdictFromTheReplyWhenIdleIsLost) {
  EXPECT_EQ(TranscriptOf({"print 1\nlose idle", "print 2"}),
            "run succeeded\n[0] succeeded\nstdout: 1\nevent outputs_lost\n"
            "[1] succeeded\nstdout: 2\n");
  EXPECT_THAT(EventDetails(0), HasSubstr("idle status did not come"));
}

TEST_F(AttemptVerdictTest, TakesNoTimeoutForACellThatHasReplied) {
  Job job = JobOf({"print 1\nlose idle", "print 2"});
  job.cell_timeout = std::chrono::seconds(2);
  EXPECT_EQ(TranscriptOfJob(job),
            "run succeeded\n[0] succeeded\nstdout: 1\nevent outputs_lost\n"
            "[1] succeeded\nstdout: 2\n");
  EXPECT_EQ(gateway_.Count("POST /api/kernels/{id}/interrupt"), 0);
}

// 4: `%pdb on`, then an error.
TEST_F(AttemptVerdictTest, CallsACellWithoutAReplyAFailureAndLetsTheJobDecide) {
  Job job = JobOf({"print 1\nlose reply", "print 2"});
  job.cells[0].on_error = OnError::kContinue;
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n[0] failed no_reply\nstdout: 1\n"
            "[1] succeeded\nstdout: 2\n");
}

// 5
TEST_F(AttemptVerdictTest, FailsOnAReplyThatSaysErrorWithoutAnErrorOutput) {
  gateway_.OnCell("%nosuch", [](FakeCell& cell) {
    cell.Stream("stderr", "UsageError: Line magic function `%nosuch` not found.\n");
    cell.ReplyError("UsageError", "Line magic function `%nosuch` not found.");
  });
  EXPECT_EQ(TranscriptOf({"%nosuch", "print 2"}),
            "run failed cell_error\n[0] failed error\n"
            "stderr: UsageError: Line magic function `%nosuch` not found.\n[1] not_run\n");
  EXPECT_EQ(Run().message, "cell 0: UsageError: Line magic function `%nosuch` not found.");
}

TEST_F(AttemptVerdictTest, KeepsAnErrorOutputUnderAReplyThatSaysOk) {
  gateway_.OnCell("plot",
                  [](FakeCell& cell) { cell.ErrorOutput("RuntimeError", "in a callback"); });
  EXPECT_EQ(TranscriptOf({"plot"}),
            "run succeeded\n[0] succeeded\nerror RuntimeError: in a callback\n");
}

TEST_F(AttemptVerdictTest, PutsTheBeginningOfALongErrorIntoTheMessage) {
  std::string value = "\nc";
  for (int i = 0; i < 100'000; ++i) value += "ä";
  gateway_.OnCell("long", [value](FakeCell& cell) { cell.Raise("ValueError", value + "\nb"); });
  TranscriptOf({"long"});
  std::string begin = "ValueError: c";
  for (int i = 0; i < 249; ++i) begin += "ä";
  EXPECT_EQ(FindCells(store_, run_).at(0).message, begin + "…");
  EXPECT_EQ(FindOutputs(store_, run_, 0, 0).at(0).body.at("evalue"), value + "\nb");
}

// 6: the error is not the last output.
TEST_F(AttemptVerdictTest, KeepsWhatFollowsTheErrorOutput) {
  gateway_.OnCell("sys.exit()", [](FakeCell& cell) {
    cell.ErrorOutput("SystemExit", "");
    cell.Stream("stderr", "To exit: use 'exit', 'quit', or Ctrl-D.\n");
    cell.ReplyError("SystemExit", "");
  });
  EXPECT_EQ(TranscriptOf({"sys.exit()"}),
            "run failed cell_error\n[0] failed error\nerror SystemExit: \n"
            "stderr: To exit: use 'exit', 'quit', or Ctrl-D.\n");
  EXPECT_EQ(Run().message, "cell 0: SystemExit");
}

// 7: the cells behind the one that raised are not sent, so the kernel cannot abort them; another
// client's error can.
TEST_F(AttemptVerdictTest, FailsACellThatAnotherClientsErrorAborted) {
  on_cell_end_ = [&](Attempt&, int) {
    GatewayClient other(gateway_.Address());
    StartedKernel kernel;
    kernel.kernel_id = gateway_.OnlyKernel();
    other.Connect(kernel, NewId());
    other.Execute("wait both\nraise ValueError theirs");
    gateway_.AwaitCells(2);
    on_cell_end_ = nullptr;
  };
  Begin(JobOf({"print 1", "print 2", "print 3"}));
  RunUntil([&] { return gateway_.Codes().size() == 3; });
  gateway_.Open("both");
  EXPECT_EQ(Finish(),
            "run failed cell_error\n[0] succeeded\nstdout: 1\n[1] failed aborted\n"
            "event foreign_traffic\n[2] not_run\n");
  EXPECT_EQ(Run().message, "cell 1: the kernel aborted the cell");
}

TEST_F(AttemptVerdictTest, SendsACellOnlyWhenTheOneBeforeIsDone) {
  gateway_.OnCell("first", [&](FakeCell& cell) {
    cell.Reply();
    cell.Await("gate");
  });
  Begin(JobOf({"first", "print 2"}));
  gateway_.Open("gate");
  EXPECT_EQ(Finish(), "run succeeded\n[0] succeeded\n[1] succeeded\nstdout: 2\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("first", "print 2"));
}

TEST_F(AttemptVerdictTest, FailsOnAReplyWhoseStatusNobodyKnows) {
  gateway_.OnCell("odd", [](FakeCell& cell) { cell.Reply("perhaps"); });
  gateway_.OnCell("mute", [](FakeCell& cell) { cell.Reply("ok", {{"status", nullptr}}); });
  EXPECT_EQ(TranscriptOf({"odd"}), "run failed cell_error\n[0] failed no_reply\n");
  EXPECT_EQ(TranscriptOf({"mute"}), "run failed cell_error\n[0] failed no_reply\n");
}

TEST_F(AttemptVerdictTest, StopsAtTheCellThatRaised) {
  EXPECT_EQ(TranscriptOf({"print 1", "raise ZeroDivisionError division by zero", "print 3"}),
            "run failed cell_error\n[0] succeeded\nstdout: 1\n"
            "[1] failed error\nerror ZeroDivisionError: division by zero\n[2] not_run\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1", "raise ZeroDivisionError division by zero"));
  EXPECT_EQ(Run().message, "cell 1: ZeroDivisionError: division by zero");
  EXPECT_EQ(CellAt(1).message, "ZeroDivisionError: division by zero");
}

TEST_F(AttemptVerdictTest, GoesOnAfterAnErrorWhereTheCellSaysSoAndStillFails) {
  Job job = JobOf({"raise ValueError first", "raise KeyError second", "print 3"});
  job.cells[0].on_error = job.cells[1].on_error = OnError::kContinue;
  job.cells[0].name = "load";
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n[0] failed error\nerror ValueError: first\n"
            "[1] failed error\nerror KeyError: second\n[2] succeeded\nstdout: 3\n");
  EXPECT_EQ(Run().message, "cell 0 (load): ValueError: first");
}

TEST_F(AttemptVerdictTest, SucceedsWithTheErrorThatIsExpectedAndFailsWithout) {
  Job job = JobOf({"raise ValueError bad", "raise KeyError x", "print 3", "raise KeyError any"});
  for (Cell& cell : job.cells) {
    cell.expects_error = true;
    cell.expected_error = "ValueError";
    cell.on_error = OnError::kContinue;
  }
  job.cells[3].expected_error = "";
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n"
            "[0] succeeded\nerror ValueError: bad\n"
            "[1] failed error\nerror KeyError: x\n"
            "[2] failed error\nstdout: 3\n"
            "[3] succeeded\nerror KeyError: any\n");
  EXPECT_EQ(CellAt(1).message, "expected ValueError, raised KeyError: x");
  EXPECT_EQ(CellAt(2).message, "expected ValueError, but nothing was raised");
}

// 25: a server may hide the traceback of the output; the reply still names the error.
TEST_F(AttemptVerdictTest, ExpectsTheErrorOfTheReplyNotOfTheOutput) {
  gateway_.OnCell("hidden", [](FakeCell& cell) {
    cell.ErrorOutput("ExecutionError", "Execution error");
    cell.ReplyError("ValueError", "bad");
  });
  Job job = JobOf({"hidden"});
  job.cells[0].expects_error = true;
  job.cells[0].expected_error = "ValueError";
  EXPECT_EQ(TranscriptOfJob(job),
            "run succeeded\n[0] succeeded\nerror ExecutionError: Execution error\n");
}

TEST_F(AttemptVerdictTest, LetsACellTaggedRaisesExceptionDoEither) {
  Job job = JobOf({"raise ValueError bad", "print 2"});
  for (Cell& cell : job.cells) cell.may_raise = true;
  EXPECT_EQ(TranscriptOfJob(job),
            "run succeeded\n[0] succeeded\nerror ValueError: bad\n[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptVerdictTest, PassesOverACellThatIsToBeSkipped) {
  Job job = JobOf({"print 1", "print 2", "print 3"});
  job.cells[1].skip = true;
  EXPECT_EQ(TranscriptOfJob(job),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] skipped\n[2] succeeded\nstdout: 3\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1", "print 3"));
}

// 14
TEST_F(AttemptVerdictTest, GoesOnAfterAnExitThatKeepsTheKernel) {
  gateway_.OnCell("exit(keep_kernel=True)", [](FakeCell& cell) {
    const json leave = {{"source", "ask_exit"}, {"keepkernel", true}};
    cell.Reply("ok", {{"payload", {leave}}});
  });
  EXPECT_EQ(TranscriptOf({"exit(keep_kernel=True)", "print 2"}),
            "run succeeded\n[0] succeeded\n[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptVerdictTest, StopsBetweenCellsAndGivesTheKernelBack) {
  on_cell_end_ = [](Attempt& attempt, int) { attempt.Stop(kStoppedBySignal); };
  EXPECT_EQ(TranscriptOf({"print 1", "print 2"}),
            "run cancelled by_user\n[0] succeeded\nstdout: 1\n[1] not_run\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptVerdictTest, WritesParametersInTheKernelsLanguageAsACellOfTheirOwn) {
  Job job = JobOf({"print 1", "print 2"});
  Parameter limit;
  limit.name = "limit";
  limit.value = 5;
  job.parameters.push_back(limit);
  job.parameters_before = 1;
  EXPECT_EQ(TranscriptOfJob(job),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] succeeded\n[2] succeeded\nstdout: 2\n");
  EXPECT_EQ(CellAt(1).kind, CellKind::kParameters);
  EXPECT_THAT(gateway_.Codes().at(1), HasSubstr("limit = 5"));
}

TEST_F(AttemptVerdictTest, RecordsTimesThatCanBe) {
  TranscriptOf({"print 1", "raise ValueError bad", "print 3"});
  const RunRecord run = Run();
  EXPECT_GE(run.queue.value().count(), 0);
  EXPECT_GE(run.kernel_start.value().count(), 0);
  EXPECT_GE(run.duration.value(), run.kernel_start.value());
  EXPECT_GE(run.started_at.value(), run.submitted_at);
  EXPECT_GE(run.finished_at.value(), run.started_at.value());
  for (const int index : {0, 1}) {
    const CellRecord cell = CellAt(index);
    EXPECT_GE(cell.started_at.value(), run.started_at.value());
    EXPECT_GE(cell.duration.value().count(), 0);
    EXPECT_LE(cell.duration.value(), run.duration.value());
  }
  EXPECT_EQ(CellAt(2).started_at, std::nullopt);
  EXPECT_EQ(CellAt(2).duration, std::nullopt);
}

}  // namespace
}  // namespace cellar
