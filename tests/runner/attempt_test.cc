// Attempts as transcripts, against the fake gateway: what the store holds after every way to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "runner/attempt.h"
#include "runner/review/times.h"
#include "store/history.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using testing::ElementsAre;

Cell CodeCell(const std::string& code) {
  Cell cell;
  cell.source = code;
  return cell;
}

Job JobOf(const std::vector<std::string>& codes) {
  Job job;
  job.name = "story";
  for (const std::string& code : codes) job.cells.push_back(CodeCell(code));
  return job;
}

std::string OutputLine(const nlohmann::ordered_json& body) {
  const std::string type = body.at("output_type");
  if (type == "stream") {
    return body.at("name").get<std::string>() + ": " + body.at("text").get<std::string>();
  }
  if (type == "error") {
    return "error " + body.at("ename").get<std::string>() + ": " +
           body.at("evalue").get<std::string>() + "\n";
  }
  return type + ": " + body.at("data").value("text/plain", "") + "\n";
}

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() : store_(Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite)) {
    store_.RegisterWorker();
  }

  std::string TranscriptOfJob(const Job& job, bool strict = false) {
    NewRun submission;
    submission.job = job;
    run_ = store_.AddRun(submission, Now());
    boost::asio::io_context context;
    Gateway gateway(context.get_executor(), gateway_.Address());
    AttemptSettings settings;
    settings.gateway_name = "fake";
    settings.strict_outputs = strict;
    Attempt attempt(context.get_executor(), store_, store_.ClaimRun(run_, Now()).value(), gateway,
                    settings);
    attempt.on_cell_end = [&](int, const std::string&, const CellEnd&) {
      if (stop_after_cell_) attempt.Stop();
    };
    std::exception_ptr fault;
    boost::asio::co_spawn(context, attempt.Run(), [&](std::exception_ptr e) { fault = e; });
    context.run();
    if (fault) std::rethrow_exception(fault);
    return Stored();
  }

  std::string TranscriptOf(const std::vector<std::string>& codes) {
    return TranscriptOfJob(JobOf(codes));
  }

  std::string Stored() {
    const RunRecord run = FindRun(store_, run_).value();
    std::string text = "run " + std::string(ToWord(run.state));
    if (run.reason) text += " " + std::string(ToWord(*run.reason));
    text += "\n";
    for (const CellRecord& cell : FindCells(store_, run_)) {
      text += "[" + std::to_string(cell.index) + "] " + std::string(ToWord(cell.state));
      if (cell.reason) text += " " + std::string(ToWord(*cell.reason));
      text += "\n";
      for (const OutputRecord& output : FindOutputs(store_, run_, 0, cell.index)) {
        text += OutputLine(output.body);
      }
      for (const EventRecord& event : cell.events) {
        text += "event " + std::string(ToWord(event.kind)) + "\n";
      }
    }
    return text;
  }

  TempDir folder_;
  FakeGateway gateway_;
  Store store_;
  RunId run_;
  bool stop_after_cell_ = false;
};

TEST_F(AttemptTest, KeepsEveryOutputUpToTheCellThatRaised) {
  EXPECT_EQ(TranscriptOf({"print 1", "raise ZeroDivisionError division by zero", "print 3"}),
            "run failed cell_error\n"
            "[0] succeeded\nstdout: 1\n"
            "[1] failed error\nerror ZeroDivisionError: division by zero\n"
            "[2] not_run\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1", "raise ZeroDivisionError division by zero"));
}

TEST_F(AttemptTest, GivesTheKernelBack) {
  EXPECT_EQ(TranscriptOf({"print 1"}), "run succeeded\n[0] succeeded\nstdout: 1\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTest, GoesOnAfterAnErrorWhereTheCellSaysSoAndStillFails) {
  Job job = JobOf({"raise ValueError bad", "print 2"});
  job.cells[0].on_error = OnError::kContinue;
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n"
            "[0] failed error\nerror ValueError: bad\n"
            "[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptTest, SucceedsWithTheErrorThatIsExpectedAndFailsWithout) {
  Job job = JobOf({"raise ValueError bad", "raise KeyError x", "print 3"});
  for (Cell& cell : job.cells) {
    cell.expects_error = true;
    cell.expected_error = "ValueError";
    cell.on_error = OnError::kContinue;
  }
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_error\n"
            "[0] succeeded\nerror ValueError: bad\n"
            "[1] failed error\nerror KeyError: x\n"
            "[2] failed error\nstdout: 3\n");
}

TEST_F(AttemptTest, TakesAReplyAfterIdle) {
  EXPECT_EQ(TranscriptOf({"print 1\nidle", "print 2"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] succeeded\nstdout: 2\n");
}

TEST_F(AttemptTest, CallsACellWithoutAReplyAFailure) {
  EXPECT_EQ(TranscriptOf({"print 1\nlose reply"}),
            "run failed cell_error\n[0] failed no_reply\nstdout: 1\n");
}

TEST_F(AttemptTest, TakesTheVerdictFromTheReplyWhenIdleIsLost) {
  EXPECT_EQ(TranscriptOf({"print 1\nlose idle"}),
            "run succeeded\n[0] succeeded\nstdout: 1\nevent outputs_lost\n");
}

TEST_F(AttemptTest, UpdatesADisplayInAnEarlierCell) {
  EXPECT_EQ(TranscriptOf({"display bar=0", "update bar=100"}),
            "run succeeded\n[0] succeeded\ndisplay_data: 100\n[1] succeeded\n");
}

TEST_F(AttemptTest, ClearsAtOnceAndAtTheNextOutputAndNotAtTheEnd) {
  EXPECT_EQ(TranscriptOf(
                {"print 1\nclear\nprint 2", "print 1\nclear wait\nprint 2", "print 1\nclear wait"}),
            "run succeeded\n"
            "[0] succeeded\nstdout: 2\n"
            "[1] succeeded\nstdout: 2\n"
            "[2] succeeded\nstdout: 1\n");
}

TEST_F(AttemptTest, MergesAdjacentChunksOfOneStreamOnly) {
  EXPECT_EQ(TranscriptOf({"ticks 3\nwarn careful\nprint end"}),
            "run succeeded\n[0] succeeded\n"
            "stdout: tick 1\ntick 2\ntick 3\nstderr: careful\nstdout: end\n");
}

TEST_F(AttemptTest, InterruptsACellThatPassesItsTimeout) {
  Job job = JobOf({"print 1\nhang", "print 2"});
  job.cells[0].timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(TranscriptOfJob(job),
            "run failed cell_timeout\n"
            "[0] failed timeout\nstdout: 1\nerror KeyboardInterrupt: \n"
            "[1] not_run\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTest, GivesUpACellThatIgnoresTheInterrupt) {
  Job job = JobOf({"hang stubborn"});
  job.timeout = std::chrono::milliseconds(500);
  EXPECT_EQ(TranscriptOfJob(job), "run failed run_timeout\n[0] failed timeout\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTest, FailsWithTheKernelThatDied) {
  EXPECT_EQ(TranscriptOf({"print 1\ndie", "print 2"}),
            "run failed kernel_died\n[0] failed kernel_died\nstdout: 1\n[1] not_run\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1\ndie"));
}

TEST_F(AttemptTest, StoresTwelveTicksOnceEachAcrossACut) {
  std::string expected = "run succeeded\n[0] succeeded\nstdout: ";
  for (int i = 1; i <= 12; ++i) expected += "tick " + std::to_string(i) + "\n";
  expected += "event resumed\n[1] succeeded\nstdout: after\n";
  gateway_.OnCell("twelve", [](FakeCell& cell) {
    for (int i = 1; i <= 12; ++i) {
      cell.Stream("stdout", "tick " + std::to_string(i) + "\n");
      if (i == 6) cell.Cut();
    }
  });
  EXPECT_EQ(TranscriptOf({"twelve", "print after"}), expected);
  EXPECT_THAT(gateway_.Codes(), ElementsAre("twelve", "print after"));
}

TEST_F(AttemptTest, NotesOutputsThatTheGatewayDropped) {
  Job job = JobOf({"print 1\nrate limit"});
  const std::string text = TranscriptOfJob(job);
  EXPECT_THAT(text, testing::StartsWith("run succeeded\n[0] succeeded\n"));
  EXPECT_THAT(text, testing::EndsWith("event outputs_lost\n"));
  EXPECT_THAT(TranscriptOfJob(job, true),
              testing::StartsWith("run failed output_limit\n[0] failed output_limit\n"));
}

TEST_F(AttemptTest, WritesParametersInTheKernelsLanguageAsACellOfTheirOwn) {
  Job job = JobOf({"print 1"});
  Parameter limit;
  limit.name = "limit";
  limit.value = 5;
  job.parameters.push_back(limit);
  EXPECT_EQ(TranscriptOfJob(job), "run succeeded\n[0] succeeded\n[1] succeeded\nstdout: 1\n");
  EXPECT_EQ(FindCells(store_, run_).at(0).kind, CellKind::kParameters);
  EXPECT_THAT(gateway_.Codes().at(0), testing::HasSubstr("limit = 5"));
}

TEST_F(AttemptTest, StopsBetweenCellsAndGivesTheKernelBack) {
  stop_after_cell_ = true;
  EXPECT_EQ(TranscriptOf({"print 1", "print 2"}),
            "run cancelled by_user\n[0] succeeded\nstdout: 1\n[1] not_run\n");
  gateway_.AwaitNoKernels();
}

TEST_F(AttemptTest, EndsAsUnreachableWhereTheTokenIsRefused) {
  gateway_.AnswerWith("POST /api/sessions", JsonAnswer(403, "Forbidden"));
  EXPECT_EQ(TranscriptOf({"print 1"}), "run failed gateway_unreachable\n[0] not_run\n");
}

TEST(RetryDelayTest, FollowsReasonNumberDelayAndBackoff) {
  Retry retry;
  retry.attempts = 3;
  retry.delay = std::chrono::milliseconds(100);
  retry.backoff = 2;
  const Outcome died{RunState::kFailed, RunReason::kKernelDied, ""};
  const Outcome raised{RunState::kFailed, RunReason::kCellError, ""};
  EXPECT_EQ(RetryDelay(retry, 1, died), std::chrono::milliseconds(100));
  EXPECT_EQ(RetryDelay(retry, 2, died), std::chrono::milliseconds(200));
  EXPECT_EQ(RetryDelay(retry, 3, died), std::nullopt);
  EXPECT_EQ(RetryDelay(retry, 1, raised), std::nullopt);
  retry.on = {RunReason::kCellError};
  EXPECT_EQ(RetryDelay(retry, 1, raised), std::chrono::milliseconds(100));
  EXPECT_EQ(RetryDelay(retry, 1, Outcome{}), std::nullopt);
}

}  // namespace
}  // namespace cellar
