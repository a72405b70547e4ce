// What of a cell's messages becomes output, and where. The numbers name points of
// execution-semantics: the messaging protocol's corners, as real kernels have them.
#include "tests/runner/attempt_fixture.h"

namespace cellar {
namespace {

using nlohmann::json;
using std::string_literals::operator""s;
using testing::HasSubstr;

class AttemptOutputsTest : public FakeAttemptTest {
 protected:
  /// Plays "cell" as the script says.
  std::string TranscriptOfCell(CellScript script) {
    gateway_.OnCell("cell", std::move(script));
    return TranscriptOf({"cell"});
  }
  nlohmann::ordered_json OnlyOutput() const { return FindOutputs(store_, run_, 0, 0).at(0).body; }
};

// 8: silent would hide what a cell does, and its errors.
TEST_F(AttemptOutputsTest, AsksForEverythingAndOffersNoInput) {
  json request;
  TranscriptOfCell([&](FakeCell& cell) { request = cell.request(); });
  EXPECT_EQ(request, json({{"code", "cell"},
                           {"silent", false},
                           {"store_history", true},
                           {"user_expressions", json::object()},
                           {"allow_stdin", false},
                           {"stop_on_error", true}}));
}

// 9
TEST_F(AttemptOutputsTest, UpdatesEveryOutputWithTheDisplayIdInEveryCell) {
  EXPECT_EQ(TranscriptOf({"display bar=0\ndisplay other=1\ndisplay bar=0", "update bar=50",
                          "display bar=100"}),
            "run succeeded\n"
            "[0] succeeded\ndisplay_data: 100\ndisplay_data: 1\ndisplay_data: 100\n"
            "[1] succeeded\n"
            "[2] succeeded\ndisplay_data: 100\n");
}

TEST_F(AttemptOutputsTest, UpdatesWithAResultOfAKnownDisplayIdAndKeepsTheEarlierCount) {
  const auto result = [](FakeCell& cell) {
    FakeMessage message{.type = "execute_result",
                        .content = {{"data", {{"text/plain", cell.code()}}},
                                    {"metadata", json::object()},
                                    {"execution_count", cell.execution_count()},
                                    {"transient", {{"display_id", "one"}}}}};
    cell.Send(std::move(message));
  };
  gateway_.OnCell("old", result);
  gateway_.OnCell("new", result);
  EXPECT_EQ(TranscriptOf({"old", "new"}),
            "run succeeded\n[0] succeeded\nexecute_result: new\n"
            "[1] succeeded\nexecute_result: new\n");
  const auto body = OnlyOutput();
  EXPECT_EQ(body.at("execution_count"), 1);
  EXPECT_FALSE(body.contains("transient"));
}

TEST_F(AttemptOutputsTest, MakesNoOutputOfAnUpdateForAnUnknownDisplay) {
  EXPECT_EQ(TranscriptOf({"update nobody=1\nprint 1"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n");
}

TEST_F(AttemptOutputsTest, TakesADisplayWhoseTransientIsNullOrMissing) {
  EXPECT_EQ(TranscriptOfCell([](FakeCell& cell) {
              const json bundle = {{"data", {{"text/plain", "a"}}}, {"metadata", json::object()}};
              cell.Send({.type = "display_data", .content = bundle});
              FakeMessage message{.type = "display_data", .content = bundle};
              message.content["transient"] = nullptr;
              cell.Send(message);
              message.type = "update_display_data";
              cell.Send(message);
            }),
            "run succeeded\n[0] succeeded\ndisplay_data: a\ndisplay_data: a\n");
}

// 10
TEST_F(AttemptOutputsTest, ClearsAtOnceAndAtTheNextOutputAndNotAtTheEnd) {
  EXPECT_EQ(TranscriptOf(
                {"print 1\nclear\nprint 2", "print 1\nclear wait\nprint 2", "print 1\nclear wait"}),
            "run succeeded\n"
            "[0] succeeded\nstdout: 2\n"
            "[1] succeeded\nstdout: 2\n"
            "[2] succeeded\nstdout: 1\n");
  EXPECT_EQ(UnclearedOutputs(1), "stdout: 1\nstdout: 2\n");
}

TEST_F(AttemptOutputsTest, ClearsWhenAnyKindOfOutputFollowsButAnUpdate) {
  EXPECT_EQ(
      TranscriptOf({"display bar=0\nclear wait\nupdate bar=1", "print 1\nclear wait\ndisplay 2",
                    "print 1\nclear wait\nresult 2", "print 1\nclear wait\nraise KeyError 2"}),
      "run failed cell_error\n"
      "[0] succeeded\ndisplay_data: 1\n"
      "[1] succeeded\ndisplay_data: 2\n"
      "[2] succeeded\nexecute_result: 2\n"
      "[3] failed error\nerror KeyError: 2\n");
}

TEST_F(AttemptOutputsTest, ForgetsAClearThatWaitsWhenItsCellEnds) {
  EXPECT_EQ(TranscriptOf({"print 1\nclear wait\nlate 2", "print 3"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n2\nevent late_output\n"
            "[1] succeeded\nstdout: 3\n");
}

TEST_F(AttemptOutputsTest, DoesNotBringBackAClearedDisplay) {
  EXPECT_EQ(TranscriptOf({"display bar=0\nclear\nprint 1", "update bar=100"}),
            "run succeeded\n[0] succeeded\nstdout: 1\n[1] succeeded\n");
  EXPECT_EQ(UnclearedOutputs(0), "display_data: 0\nstdout: 1\n");
}

// 11: what a terminal makes of `\r` and the like is TerminalTextTest's; here the raw text stays.
TEST_F(AttemptOutputsTest, MergesAdjacentChunksOfOneStreamOnly) {
  EXPECT_EQ(TranscriptOf({"ticks 3\nwarn careful\nprint end"}),
            "run succeeded\n[0] succeeded\n"
            "stdout: tick 1\ntick 2\ntick 3\nstderr: careful\nstdout: end\n");
}

TEST_F(AttemptOutputsTest, KeepsTheRawTextOfAProgressBarInOneOutput) {
  TranscriptOfCell([](FakeCell& cell) {
    for (const char* part : {"\r 0%", "\r 50%", "\r100%\n"}) cell.Stream("stderr", part);
  });
  EXPECT_EQ(OnlyOutput().at("text"), "\r 0%\r 50%\r100%\n");
}

TEST_F(AttemptOutputsTest, LeavesAStreamOpenAcrossAnUpdate) {
  EXPECT_EQ(TranscriptOf({"display bar=0\nprint 1\nupdate bar=1\nprint 2"}),
            "run succeeded\n[0] succeeded\ndisplay_data: 1\nstdout: 1\n2\n");
}

// 16, 22: JSON mime types are objects, images base64 text; buffers are nobody's output.
TEST_F(AttemptOutputsTest, KeepsEveryMimeTypeAsItWasSent) {
  const json bundle = {{"text/plain", "<Figure>"},
                       {"image/png", "iVBORw0KGgo="},
                       {"application/json", {{"a", {1, nullptr, "ü"}}}},
                       {"application/vnd.vega.v5+json", json::array({1, 2})}};
  TranscriptOfCell([&](FakeCell& cell) {
    FakeMessage message{
        .type = "display_data",
        .content = {{"data", bundle}, {"metadata", {{"image/png", {{"width", 5}}}}}}};
    message.buffers = {std::string("\0\x01\xff", 3)};
    cell.Send(std::move(message));
  });
  EXPECT_EQ(json(OnlyOutput().at("data")), bundle);
  EXPECT_EQ(json(OnlyOutput().at("metadata")), json({{"image/png", {{"width", 5}}}}));
}

TEST_F(AttemptOutputsTest, TakesAFrameOfThirtyMegabytes) {
  TranscriptOf({"blob 30000000"});
  EXPECT_EQ(Run().state, RunState::kSucceeded);
  EXPECT_EQ(OnlyOutput().at("data").at("text/plain").get_ref<const std::string&>().size(),
            30'000'000U);
}

TEST_F(AttemptOutputsTest, KeepsControlCharactersAsTheyCame) {
  const std::string text = "nul \0 esc \x1b[31m del \x7f"s;
  TranscriptOfCell([&](FakeCell& cell) { cell.Stream("stdout", text); });
  EXPECT_EQ(OnlyOutput().at("text"), text);
}

// 19: every client of a kernel sees everyone's iopub.
TEST_F(AttemptOutputsTest, KeepsOutAndNotesWhatAnotherClientDoes) {
  gateway_.OnCell("cell", [&](FakeCell& cell) {
    const json other = MakeFakeHeader("execute_request", "another-session");
    const auto send = [&](const std::string& type, const json& content) {
      cell.Send({.type = type, .content = content, .parent = other});
    };
    send("status", {{"execution_state", "busy"}});
    send("execute_input", {{"code", "1/0"}, {"execution_count", 9}});
    send("stream", {{"name", "stdout"}, {"text", "not ours"}});
    send("status", {{"execution_state", "idle"}});
    cell.Print("ours\n");
  });
  EXPECT_EQ(TranscriptOf({"cell", "print 2"}),
            "run succeeded\n[0] succeeded\nstdout: ours\nevent foreign_traffic\n"
            "[1] succeeded\nstdout: 2\n");
  EXPECT_EQ(CellAt(0).execution_count, 1);
}

// 20: an asyncio task publishes with its own cell's parent, after idle.
TEST_F(AttemptOutputsTest, GivesLateOutputToTheCellThatItNames) {
  gateway_.OnCell("later", [](FakeCell& cell) {
    cell.Reply();
    cell.Idle();
    cell.Await("next");
    cell.Print("late 1\n");
    cell.Print("late 2\n");
  });
  gateway_.OnCell("next", [&](FakeCell& cell) { cell.Print("on time\n"); });
  gateway_.Open("next");
  EXPECT_EQ(TranscriptOf({"later", "next"}),
            "run succeeded\n[0] succeeded\nstdout: late 1\nlate 2\nevent late_output\n"
            "[1] succeeded\nstdout: on time\n");
}

// 21
TEST_F(AttemptOutputsTest, LetsWidgetsTalkWithoutKeepingIt) {
  EXPECT_EQ(TranscriptOfCell([](FakeCell& cell) {
              for (const char* type : {"comm_open", "comm_msg", "comm_close"}) {
                FakeMessage message{.type = type,
                                    .content = {{"comm_id", "c1"},
                                                {"target_name", "jupyter.widget"},
                                                {"data", {{"state", json::object()}}}}};
                message.buffers = {"\x01\x02"};
                cell.Send(std::move(message));
              }
              cell.Send({.type = "a_type_from_the_future", .content = {{"x", 1}}});
              cell.Print("1\n");
            }),
            "run succeeded\n[0] succeeded\nstdout: 1\n");
}

// 23: for blank code ipykernel's reply counts one less than its execute_input said.
TEST_F(AttemptOutputsTest, CountsAsTheEchoedInputDoesWhateverTheReplySays) {
  gateway_.OnBareCell("cell", [](FakeCell& cell) {
    cell.Reply("ok", {{"execution_count", 4}});
    cell.Busy();
    cell.Send({.type = "execute_input", .content = {{"code", ""}, {"execution_count", 5}}});
    cell.Idle();
  });
  TranscriptOf({"cell"});
  EXPECT_EQ(CellAt(0).execution_count, 5);
}

// 18: the warning is the server's own, not a cell's that prints the same words.
TEST_F(AttemptOutputsTest, NotesOutputsThatTheGatewayDropped) {
  EXPECT_THAT(
      TranscriptOf({"print 1\nrate limit"}),
      testing::AllOf(testing::StartsWith("run succeeded\n[0] succeeded\nstdout: 1\nstderr: "),
                     testing::EndsWith("event outputs_lost\n")));
  EXPECT_THAT(EventDetails(0), HasSubstr("IOPub data rate exceeded"));
  EXPECT_EQ(TranscriptOf({"warn IOPub data rate exceeded."}),
            "run succeeded\n[0] succeeded\nstderr: IOPub data rate exceeded.\n");
}

TEST_F(AttemptOutputsTest, FailsACellWithLostOutputsUnderStrictOutputs) {
  settings_.strict_outputs = true;
  EXPECT_THAT(
      TranscriptOf({"print 1\nrate limit", "print 2"}),
      testing::AllOf(testing::StartsWith("run failed output_limit\n[0] failed output_limit\n"),
                     testing::EndsWith("event outputs_lost\n[1] not_run\n")));
}

TEST_F(AttemptOutputsTest, CountsEveryLossUnderStrictOutputs) {
  settings_.strict_outputs = true;
  EXPECT_EQ(TranscriptOf({"print 1\nlose idle"}),
            "run failed output_limit\n[0] failed output_limit\nstdout: 1\nevent outputs_lost\n");
  EXPECT_EQ(
      TranscriptOfCell([](FakeCell& cell) {
        FakeMessage message{.type = "stream", .content = {{"name", "stdout"}, {"text", "1\n"}}};
        message.lie = FrameLie::kOffsetPastEnd;
        cell.Send(std::move(message));
      }),
      "run failed output_limit\n[0] failed output_limit\nevent outputs_lost\n");
}

// The limit drops the error output too; the reply, which may come first, still has it.
TEST_F(AttemptOutputsTest, TakesADroppedErrorFromTheReply) {
  for (const bool reply_first : {false, true}) {
    gateway_.OnCell("cell", [=](FakeCell& cell) {
      if (reply_first) cell.ReplyError("ZeroDivisionError", "division by zero");
      cell.RateLimitWarning();
      if (!reply_first) cell.ReplyError("ZeroDivisionError", "division by zero");
    });
    EXPECT_THAT(TranscriptOf({"cell"}),
                testing::AllOf(testing::StartsWith("run failed cell_error\n[0] failed error\n"),
                               HasSubstr("error ZeroDivisionError: division by zero\n"),
                               testing::EndsWith("event outputs_lost\n")));
  }
}

}  // namespace
}  // namespace cellar
