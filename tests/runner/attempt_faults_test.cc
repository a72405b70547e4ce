// A gateway, or the network before it, that fails while cells run: what is taken up again, and what
// the run then says.
#include <thread>

#include "store/store_impl.h"
#include "tests/runner/attempt_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHandshake = "GET /api/kernels/{id}/channels";

class AttemptFaultsTest : public FakeAttemptTest {
 protected:
  /// Plays "cell": one tick, `fault`, another tick.
  void PlayAround(std::function<void(FakeCell&)> fault) {
    gateway_.OnCell("cell", [fault = std::move(fault)](FakeCell& cell) {
      cell.Print("tick 1\n");
      fault(cell);
      cell.Print("tick 2\n");
    });
  }
};

constexpr const char* kResumed =
    "run succeeded\n[0] succeeded\nstdout: tick 1\ntick 2\nevent resumed\n"
    "[1] succeeded\nstdout: after\n";

TEST_F(AttemptFaultsTest, TakesUpAConnectionThatWasCut) {
  PlayAround([](FakeCell& cell) { cell.Cut(); });
  EXPECT_EQ(TranscriptOf({"cell", "print after"}), kResumed);
  EXPECT_THAT(gateway_.Codes(), ElementsAre("cell", "print after"));
}

TEST_F(AttemptFaultsTest, TakesUpAConnectionThatWasReset) {
  PlayAround([](FakeCell& cell) { cell.Reset(); });
  EXPECT_EQ(TranscriptOf({"cell", "print after"}), kResumed);
}

TEST_F(AttemptFaultsTest, TakesUpAConnectionThatTheGatewayClosed) {
  gateway_.OnCell("cell", [&](FakeCell& cell) {
    cell.Print("tick 1\n");
    cell.Await("closed");
    cell.Print("tick 2\n");
  });
  Begin(JobOf({"cell", "print after"}));
  RunUntilOutput("tick 1");
  gateway_.Close(1001);
  gateway_.Open("closed");
  EXPECT_EQ(Finish(), kResumed);
  EXPECT_THAT(EventDetails(0), HasSubstr("1001"));
}

// The invariant: a kernel process that is not the one the attempt began on is never used.
TEST_F(AttemptFaultsTest, SendsNothingToTheProcessThatIsNewAfterACut) {
  gateway_.SetSaysGoodbye(false);
  gateway_.OnCell("cell", [&](FakeCell& cell) {
    gateway_.Hold(kHandshake);
    cell.Cut();
    cell.Print("replayed\n");
  });
  Begin(JobOf({"cell", "print 2"}));
  RunUntil([&] { return gateway_.Count(kHandshake) == 2; });
  GatewayClient other(gateway_.Address());
  StartedKernel kernel;
  kernel.kernel_id = gateway_.OnlyKernel();
  other.AwaitModel(kernel, "idle", 0);
  other.Restart(kernel);
  gateway_.Release(kHandshake);
  EXPECT_EQ(Finish(),
            "run failed kernel_died\n[0] succeeded\nstdout: replayed\nevent resumed\n"
            "[1] not_run\n");
  EXPECT_THAT(Run().message, AllOf(HasSubstr("before cell 1"), HasSubstr("another process")));
  EXPECT_THAT(gateway_.Codes(), ElementsAre("cell"));
}

TEST_F(AttemptFaultsTest, CannotSayWhatBecameOfACellWhoseReplyWasLostInACut) {
  FakeGateway forgetful({.buffers_offline_messages = false});
  forgetful.OnCell("cell", [&](FakeCell& cell) {
    cell.Print("tick 1\n");
    forgetful.Hold(kHandshake);
    cell.Cut();
    cell.Print("tick 2\n");
  });
  AttemptTest::Begin(forgetful.Address(), JobOf({"cell", "print 2"}));
  RunUntil([&] { return forgetful.Count(kHandshake) == 2; });
  StartedKernel kernel;
  kernel.kernel_id = forgetful.OnlyKernel();
  GatewayClient(forgetful.Address()).AwaitModel(kernel, "idle", 0);
  forgetful.Release(kHandshake);
  EXPECT_EQ(Finish(),
            "run failed gateway_lost\n[0] unknown\nstdout: tick 1\nevent resumed\n[1] not_run\n");
  EXPECT_THAT(Run().message, HasSubstr("the kernel's reply was lost"));
  EXPECT_THAT(forgetful.Codes(), ElementsAre("cell"));
}

TEST_F(AttemptFaultsTest, CannotSayWhatBecameOfARequestThatNeverArrived) {
  gateway_.LoseCells(1);
  Begin(JobOf({"print 1"}));
  RunUntil([&] { return gateway_.Codes().size() == 1; });
  gateway_.Cut();
  EXPECT_EQ(Finish(), "run failed gateway_lost\n[0] unknown\nevent resumed\n");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print 1"));
}

TEST_F(AttemptFaultsTest, TakesUpAConnectionOnWhichNothingComesAnyMore) {
  settings_.link.connection.idle = seconds(4);
  PlayAround([](FakeCell& cell) {
    cell.Stall();
    cell.Await("second socket");
  });
  std::jthread opens([&] {
    gateway_.AwaitSockets(2);
    gateway_.Open("second socket");
  });
  EXPECT_EQ(TranscriptOf({"cell", "print after"}), kResumed);
  EXPECT_THAT(EventDetails(0), HasSubstr("no sign of life for 4 s"));
}

TEST_F(AttemptFaultsTest, EndsAsLostWhereTheGatewayStaysAway) {
  settings_.link.patience = seconds(2);
  Begin(JobOf({"print 1\nhang", "print 2"}));
  RunUntilOutput("1");
  gateway_.StopListening();
  gateway_.Cut();
  EXPECT_EQ(Finish(), "run failed gateway_lost\n[0] unknown\nstdout: 1\n[1] not_run\n");
  EXPECT_THAT(Run().message, AllOf(HasSubstr("out of reach for 2 s"), HasSubstr("refused")));
}

TEST_F(AttemptFaultsTest, WaitsForAGatewayThatComesBack) {
  Begin(JobOf({"print 1\nwait gate\nprint 2"}));
  RunUntilOutput("1");
  gateway_.StopListening();
  gateway_.Cut();
  gateway_.Open("gate");
  RunUntil([&] { return gateway_.Codes().size() == 1; });
  gateway_.Listen();
  EXPECT_EQ(Finish(), "run succeeded\n[0] succeeded\nstdout: 1\n2\nevent resumed\n");
}

TEST_F(AttemptFaultsTest, StopsWhileTheGatewayIsAway) {
  Begin(JobOf({"print 1\nhang", "print 2"}));
  RunUntilOutput("1");
  gateway_.StopListening();
  gateway_.Cut();
  attempt_->Stop(kStoppedBySignal);
  EXPECT_EQ(Finish(), "run cancelled by_user\n[0] unknown\nstdout: 1\n[1] not_run\n");
}

/// Every answer to the handshake of a connection that is taken up again.
struct Refusal {
  std::string name;
  CannedAnswer answer;
  std::string words;  // of the message when it stays so
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class ReconnectRefusalTest : public AttemptFaultsTest,
                             public testing::WithParamInterface<Refusal> {};

TEST_P(ReconnectRefusalTest, TriesAgainUntilItIsLetIn) {
  CannedAnswer twice = GetParam().answer;
  twice.times = 2;
  gateway_.OnCell("cell", [&](FakeCell& cell) {
    cell.Print("tick 1\n");
    gateway_.AnswerWith(kHandshake, twice);
    cell.Cut();
    cell.Print("tick 2\n");
  });
  EXPECT_EQ(TranscriptOf({"cell", "print after"}), kResumed);
}

TEST_P(ReconnectRefusalTest, EndsAsLostWithTheGatewaysWordsWhereItStaysSo) {
  settings_.link.patience = seconds(1);
  gateway_.OnCell("cell", [&](FakeCell& cell) {
    gateway_.AnswerWith(kHandshake, GetParam().answer);
    cell.Cut();
    cell.AwaitInterrupt();
  });
  EXPECT_EQ(TranscriptOf({"cell"}), "run failed gateway_lost\n[0] unknown\n");
  EXPECT_THAT(Run().message, AllOf(HasSubstr("out of reach for 1 s"), HasSubstr(GetParam().words)));
}

INSTANTIATE_TEST_SUITE_P(
    All, ReconnectRefusalTest,
    testing::Values(
        Refusal{"Token", JsonAnswer(403, "Forbidden"), "is the token in FAKE_TOKEN"},
        Refusal{"Proxys404",
                {.status = 404, .body = "404 page not found", .content_type = "text/plain"},
                "404"},
        Refusal{"StoppedHubServer", JsonAnswer(424, "not running"), "JupyterHub server"},
        Refusal{"Html500", HtmlAnswer(500, "Internal Server Error"), "500"},
        Refusal{"Json500", JsonAnswer(500, "oops"), "oops"},
        Refusal{"Html502", HtmlAnswer(502, "Bad Gateway"), "a web page"},
        Refusal{"Json502", JsonAnswer(502, "Bad Gateway"), "the proxy before"}),
    [](const auto& each) { return each.param.name; });

TEST_F(AttemptFaultsTest, KnowsAKernelThatIsGoneWhenItComesBack) {
  gateway_.SetSaysGoodbye(false);
  Begin(JobOf({"print 1\nhang", "print 2"}));
  RunUntilOutput("1");
  const std::string kernel = gateway_.OnlyKernel();
  gateway_.StopListening();
  gateway_.Cut(kernel);
  gateway_.Cull(kernel);
  gateway_.AwaitNoKernels();
  gateway_.Listen();
  EXPECT_EQ(Finish(), "run failed kernel_died\n[0] failed kernel_died\nstdout: 1\n[1] not_run\n");
  EXPECT_THAT(Run().message, HasSubstr("404"));
}

// 14, 15: nothing on the socket tells of it.
TEST_F(AttemptFaultsTest, KnowsACulledKernelThoughNothingIsSaid) {
  gateway_.SetSaysGoodbye(false);
  Begin(JobOf({"stubborn\nprint 1\nhang", "print 2"}));
  RunUntilOutput("1");
  gateway_.Cull();
  EXPECT_EQ(Finish(), "run failed kernel_died\n[0] failed kernel_died\nstdout: 1\n[1] not_run\n");
  EXPECT_THAT(Run().message, HasSubstr("the gateway answers 404"));
}

TEST_F(AttemptFaultsTest, FailsWithAKernelThatIsNotRestarted) {
  EXPECT_EQ(TranscriptOf({"print 1\ndie for good", "print 2"}),
            "run failed kernel_died\n[0] failed kernel_died\nstdout: 1\n[1] not_run\n");
  EXPECT_THAT(Run().message, HasSubstr("the gateway says dead"));
}

TEST_F(AttemptFaultsTest, SaysOfAFrameThatLiesThatOutputWasLost) {
  for (const FrameLie lie : {FrameLie::kOffsetPastEnd, FrameLie::kOffsetsDescend,
                             FrameLie::kTooManyOffsets, FrameLie::kCutShort, FrameLie::kNotJson}) {
    PlayAround([lie](FakeCell& cell) {
      FakeMessage message{.type = "stream", .content = {{"name", "stdout"}, {"text", "lost\n"}}};
      message.lie = lie;
      cell.Send(std::move(message));
    });
    EXPECT_EQ(TranscriptOf({"cell"}),
              "run succeeded\n[0] succeeded\nstdout: tick 1\ntick 2\nevent outputs_lost\n");
    EXPECT_THAT(EventDetails(0), HasSubstr("a message could not be read"));
  }
}

/// SQLite's own limit: the same error as from a full disk (tests/store/full_disk_test.cc).
TEST_F(AttemptFaultsTest, SaysOfACellThatItsOutputEndsWhereTheDiskWasFull) {
  Begin(JobOf({"print 1\nwait gate\nticks 20000\nhang", "print 2"}));
  RunUntilOutput("1");
  Database& database = store_.impl().database;
  Query count = database.PrepareOnce("PRAGMA page_count");
  count.Step();
  database.PrepareOnce("PRAGMA max_page_count = " + std::to_string(count.Int(0) + 2)).Step();
  gateway_.Open("gate");
  EXPECT_THAT(Finish(), AllOf(HasSubstr("run failed store_full\n[0] unknown\nstdout: 1\n"),
                              HasSubstr("event outputs_truncated\n[1] not_run\n")));
  EXPECT_THAT(EventDetails(0), HasSubstr("what the cell put out afterwards is not stored"));
}

TEST_F(AttemptFaultsTest, AnswersPingsWhileACellRuns) {
  Begin(JobOf({"print 1\nwait gate"}));
  RunUntilOutput("1");
  gateway_.Ping();
  std::jthread opens([&] {
    gateway_.AwaitPongs(1);
    gateway_.Open("gate");
  });
  EXPECT_EQ(Finish(), "run succeeded\n[0] succeeded\nstdout: 1\n");
}

}  // namespace
}  // namespace cellar
