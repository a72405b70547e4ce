// What the fake gateway's kernels and WebSockets can do, and do wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class FakeGatewaySocketTest : public testing::Test {
 protected:
  explicit FakeGatewaySocketTest(FakeGatewayOptions options = {})
      : gateway_(std::move(options)), client_(gateway_.Address()) {}

  void SetUp() override {
    kernel_ = client_.Start("cellar-1");
    client_.Connect(kernel_, session_);
  }

  std::string TranscriptOf(const std::string& code) {
    client_.Execute(code);
    return client_.ReadCell();
  }

  FakeGateway gateway_;
  GatewayClient client_;
  const std::string session_ = NewId();
  StartedKernel kernel_;
};

TEST_F(FakeGatewaySocketTest, SaysWhatItsLanguageAsksFor) {
  EXPECT_EQ(TranscriptOf("# a comment\nlimit = 5\n\nprint one\nwarn two\ndisplay bar=0%\n"
                         "update bar=100%\nclear wait\nresult 42"),
            "status busy\nexecute_input\nstdout: one\n\nstderr: two\n\ndisplay_data: 0%\n"
            "update_display_data: 100%\nclear_output\nexecute_result: 42\nstatus idle\nreply ok\n");
}

TEST_F(FakeGatewaySocketTest, RaisesSyntaxErrorForWhatItDoesNotKnow) {
  EXPECT_EQ(
      TranscriptOf("pritn one\nprint two"),
      "status busy\nexecute_input\nerror SyntaxError\nstatus idle\nreply error SyntaxError\n");
}

TEST_F(FakeGatewaySocketTest, PlaysAFunctionInsteadOfTheCode) {
  gateway_.OnCell("load", [](FakeCell& cell) {
    cell.Idle();
    cell.Print("after idle");
    cell.Reply("aborted");
  });
  EXPECT_EQ(TranscriptOf("load"),
            "status busy\nexecute_input\nstatus idle\nstdout: after idle\nreply aborted\n");
}

TEST_F(FakeGatewaySocketTest, SendsNothingByItselfForABareCell) {
  gateway_.OnBareCell("odd", [](FakeCell& cell) {
    cell.Reply();
    cell.Input();
    cell.Idle();
  });
  EXPECT_EQ(TranscriptOf("odd"), "execute_input\nstatus idle\nreply ok\n");
}

TEST_F(FakeGatewaySocketTest, LosesTheReplyOrIdle) {
  client_.Execute("lose reply");
  EXPECT_EQ(client_.ReadTo("status idle"), "status busy\nexecute_input\nstatus idle\n");
  client_.Execute("lose idle");
  EXPECT_EQ(client_.ReadReply(), "reply ok\n");
  client_.Execute("late words");
  EXPECT_EQ(client_.ReadTo("words"),
            "status busy\nexecute_input\nstatus idle\nstdout: words\n\nreply ok\n");
  EXPECT_EQ(client_.Earlier(), "");
}

TEST_F(FakeGatewaySocketTest, LosesACellThatItTook) {
  gateway_.LoseCells(1);
  client_.Execute("print lost");
  EXPECT_EQ(TranscriptOf("print hello"),
            "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n");
  EXPECT_EQ(client_.Earlier(), "");
  EXPECT_THAT(gateway_.Codes(), ElementsAre("print lost", "print hello"));
}

TEST_F(FakeGatewaySocketTest, CutsWhereTheScriptSaysAndBuffersTheRest) {
  client_.Execute("ticks 2\ncut\nticks 2");
  EXPECT_THAT(client_.ReadToEnd(),
              StartsWith("status busy\nexecute_input\nstdout: tick 1\ntick 2\n\nend: "));
  client_.Connect(kernel_, session_);
  EXPECT_THAT(client_.ReadCell(), HasSubstr("\ntick 1\ntick 2\n\nstatus idle\nreply ok\n"));
}

TEST_F(FakeGatewaySocketTest, CutsAfterTheGivenMessage) {
  TranscriptOf("print the nudge's messages have come before this");
  gateway_.CutAfter(4);
  client_.Execute("ticks 12");
  EXPECT_THAT(client_.ReadToEnd(),
              StartsWith("status busy\nexecute_input\nstdout: tick 1\ntick 2\n\nend: "));
}

TEST_F(FakeGatewaySocketTest, ResetsConnections) {
  client_.Execute("print hello\nreset");
  EXPECT_THAT(client_.ReadToEnd(), HasSubstr("\nend: "));
}

TEST_F(FakeGatewaySocketTest, ClosesWithACode) {
  gateway_.Close(1001);
  EXPECT_THAT(client_.ReadToEnd(), StartsWith("end: "));
}

TEST_F(FakeGatewaySocketTest, LosesWhatIsSentWhileItStalls) {
  client_.Execute("print before\nstall\nprint into the void\nwait gate\nprint after");
  client_.ReadTo("before");
  gateway_.AwaitCellAt("gate");
  client_.Drop();
  client_.Connect(kernel_, session_);
  gateway_.Open("gate");
  EXPECT_EQ(client_.ReadCell(),
            "status busy\nexecute_input\nstdout: before\nafter\n\nstatus idle\nreply ok\n");
}

TEST_F(FakeGatewaySocketTest, SaysThatAProcessDiedForGood) {
  client_.Execute("die for good");
  EXPECT_EQ(client_.ReadTo("server: "), "status busy\nexecute_input\nserver: dead\n");
  EXPECT_EQ(client_.Model(kernel_), std::nullopt);
}

TEST_F(FakeGatewaySocketTest, LeavesAfterAnExit) {
  client_.Execute("exit");
  EXPECT_EQ(client_.ReadTo("server: "),
            "status busy\nexecute_input\nstatus idle\nserver: restarting\nreply ok\n");
}

TEST_F(FakeGatewaySocketTest, EndsAStubbornCellWithItsProcess) {
  client_.Execute("stubborn\nhang");
  client_.ReadTo("execute_input");
  client_.Interrupt(kernel_);
  client_.Delete(kernel_);
  EXPECT_EQ(client_.ReadTo("kernel ends"), "status busy\nexecute_input\nkernel ends\n");
  EXPECT_EQ(gateway_.LiveKernels(), 0);
}

TEST_F(FakeGatewaySocketTest, FreezesAProcess) {
  client_.Execute("wait gate\nprint hello");
  client_.ReadTo("execute_input");
  gateway_.Freeze();
  gateway_.Open("gate");
  gateway_.Thaw();
  EXPECT_THAT(client_.ReadCell(), HasSubstr("stdout: hello"));
  gateway_.Freeze();
  client_.Delete(kernel_);
  EXPECT_EQ(gateway_.LiveKernels(), 0);
}

TEST_F(FakeGatewaySocketTest, CountsPongs) {
  gateway_.Ping();
  TranscriptOf("print hello");
  gateway_.AwaitPongs(1);
}

TEST_F(FakeGatewaySocketTest, SendsLargeFrames) {
  constexpr std::size_t kSize = 30'000'000;
  EXPECT_GT(TranscriptOf("blob " + std::to_string(kSize)).size(), kSize);
}

TEST_F(FakeGatewaySocketTest, WarnsOfItsOwnRateLimit) {
  EXPECT_THAT(TranscriptOf("rate limit"), HasSubstr("stderr: IOPub data rate exceeded.\n"));
}

TEST_F(FakeGatewaySocketTest, PublishesForeignTraffic) {
  FakeMessage message{.type = "shutdown_reply", .content = {{"restart", true}}};
  gateway_.Publish(message);
  EXPECT_EQ(client_.ReadTo("restarts"), "kernel restarts\n");
}

class FakeGatewayLieTest : public testing::TestWithParam<std::tuple<bool, FrameLie>> {};

TEST_P(FakeGatewayLieTest, SendsAFrameThatNobodyCanRead) {
  const auto [v1, lie] = GetParam();
  FakeGateway gateway({.accepts_v1 = v1});
  gateway.OnCell("lie", [lie = lie](FakeCell& cell) {
    cell.Send({.type = "stream", .content = {{"name", "stdout"}, {"text", "x"}}, .lie = lie});
  });
  GatewayClient client(gateway.Address());
  client.Connect(client.Start("cellar-1"), NewId());
  client.Execute("lie");
  EXPECT_THAT(client.ReadCell(), StartsWith("status busy\nexecute_input\nfault: "));
}

INSTANTIATE_TEST_SUITE_P(
    All, FakeGatewayLieTest,
    testing::Combine(testing::Bool(),
                     testing::Values(FrameLie::kOffsetPastEnd, FrameLie::kOffsetsDescend,
                                     FrameLie::kTooManyOffsets, FrameLie::kCutShort,
                                     FrameLie::kNotJson)));

}  // namespace
}  // namespace cellar
