// One run over the API: its document, its cells and outputs, large ones by slices.
#include <fmt/format.h>

#include "runner/review/api/cells_json.h"
#include "runner/review/api/event_stream.h"
#include "runner/review/base64.h"
#include "runner/review/run_json.h"
#include "store/attempt_writer.h"
#include "store/run_control.h"
#include "store/submission.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiRunTest : public ApiTest {
 protected:
  Json OutputsOf(const std::vector<std::string>& outputs) {
    const RunId run = MakeRunWithOutputs(store_, "show", outputs);
    return Get(fmt::format("/runs/{}", run.value)).at("cells").at(0).at("outputs");
  }

  static std::string Display(const Json& data) {
    return Json{{"output_type", "display_data"}, {"data", data}, {"metadata", Json::object()}}
        .dump();
  }
  static std::string Stream(const std::string& text) {
    return Json{{"output_type", "stream"}, {"name", "stdout"}, {"text", text}}.dump();
  }
};

TEST_F(ApiRunTest, ShowsARunWithItsAttemptAndCells) {
  MakeFailedRun(store_);
  const Json document = Get("/runs/1");
  EXPECT_EQ(document.at("run").at("message"), "cell 2 (clean): KeyError: 'temp'");
  Json attempt = document.at("attempts").at(0);
  EXPECT_TRUE(attempt.at("worker").get<std::string>().starts_with("process "));
  attempt.erase("worker");
  EXPECT_EQ(attempt.dump(),
            R"({"number":1,"state":"failed","reason":"cell_error",)"
            R"("message":"cell 2 (clean): KeyError: 'temp'","gateway":"lab",)"
            R"("kernelspec":"python3","started_at":"2026-11-23T02:00:00.003Z",)"
            R"("finished_at":"2026-11-23T02:00:00.291Z","queue_ms":3.0,"kernel_start_ms":12.5,)"
            R"("duration_ms":288.5,"takeovers":0})");
  EXPECT_EQ(document.at("attempt"), 1);
  EXPECT_EQ(document.at("cursor"), "5.0");
  EXPECT_EQ(document.at("cells").size(), 4u);
  EXPECT_EQ(document.at("cells").at(1).dump(1), R"({
 "index": 1,
 "name": "load",
 "kind": "code",
 "source": "frame = read()\nframe",
 "state": "succeeded",
 "reason": null,
 "message": "",
 "execution_count": 2,
 "started_at": "2026-11-23T02:00:00.030Z",
 "duration_ms": 210.25,
 "output_bytes": 232,
 "outputs": [
  {
   "output_type": "stream",
   "name": "stdout",
   "text": "reading\n",
   "number": 0,
   "parts": [
    {
     "mime": "text/plain",
     "bytes": 8,
     "inline": true,
     "url": "/part/1-1-1-0/text/plain"
    }
   ]
  },
  {
   "output_type": "execute_result",
   "data": {
    "text/plain": "   temp\n0  21.5",
    "text/html": "<table></table>"
   },
   "metadata": {},
   "execution_count": 2,
   "number": 1,
   "parts": [
    {
     "mime": "text/plain",
     "bytes": 15,
     "inline": true,
     "url": "/part/1-1-1-1/text/plain"
    },
    {
     "mime": "text/html",
     "bytes": 15,
     "inline": true,
     "url": "/part/1-1-1-1/text/html"
    }
   ]
  },
  {
   "output_type": "display_data",
   "data": {
    "text/plain": "<Figure size 640x480>"
   },
   "metadata": {},
   "number": 2,
   "parts": [
    {
     "mime": "image/png",
     "bytes": 8,
     "inline": false,
     "url": "/part/1-1-1-2/image/png"
    },
    {
     "mime": "text/plain",
     "bytes": 21,
     "inline": true,
     "url": "/part/1-1-1-2/text/plain"
    }
   ]
  }
 ],
 "events": [
  {
   "kind": "resumed",
   "at": "2026-11-23T02:00:00.100Z",
   "detail": "after 2 s"
  }
 ],
 "file": "jobs/clean-weather.toml",
 "line": 8
})");
  const Json& error = document.at("cells").at(2).at("outputs").at(1);
  EXPECT_EQ(error.at("ename"), "KeyError");
  EXPECT_EQ(error.at("traceback").size(), 4u);
  EXPECT_FALSE(error.contains("parts"));
}

TEST_F(ApiRunTest, SaysWhatCanBeDoneWithARun) {
  MakeFailedRun(store_);
  EXPECT_EQ(Get("/runs/1").at("details").dump(),
            R"({"priority":0,"due_at":null,"retry_at":null,"key":"","group":null,)"
            R"("concurrency_key":"","after":[],"cancel_request":null,"queue":null,)"
            R"("can":{"cancel":false,"retry":true,"again":true}})");
  context_.actions = false;
  EXPECT_EQ(Get("/runs/1").at("details").at("can").dump(),
            R"({"cancel":false,"retry":false,"again":false})");
}

TEST_F(ApiRunTest, ShowsWhereAQueuedRunStands) {
  MakeRunning("load");
  NewRun second;
  second.job.name = "report";
  second.after = {RunId{1}};
  second.priority = 3;
  second.key = "nightly";
  second.due = StoreTime(5);
  AddRuns(store_, {second}, StoreTime());
  const Json document = Get("/runs/2");
  EXPECT_EQ(document.at("attempts"), Json::array());
  EXPECT_EQ(document.at("attempt"), 0);
  EXPECT_EQ(document.at("cells"), Json::array());
  EXPECT_EQ(document.at("details").dump(),
            R"({"priority":3,"due_at":"2026-11-23T02:00:00.005Z","retry_at":null,"key":"nightly",)"
            R"("group":null,"concurrency_key":"","after":[1],"cancel_request":null,)"
            R"("queue":{"position":1,"reason":"run","until":null,"run":1,"key":"",)"
            R"("text":"waits for run 1 to succeed"},)"
            R"("can":{"cancel":true,"retry":false,"again":true}})");
}

TEST_F(ApiRunTest, ShowsEarlierAttempts) {
  MakeEnded({.state = RunState::kFailed, .cell_millis = {7}});
  RequeueRun(store_, RunId{1}, StoreTime(100));
  AttemptWriter(store_, store_.ClaimRun(RunId{1}, StoreTime(110)).value().attempt, 0)
      .End({RunState::kSucceeded, {}, "", Millis(5)}, StoreTime(120));
  const Json last = Get("/runs/1");
  EXPECT_EQ(last.at("attempt"), 2);
  EXPECT_EQ(last.at("attempts").size(), 2u);
  EXPECT_EQ(last.at("cells").at(0).at("state"), "not_run");
  const Json first = Get("/runs/1/attempts/1");
  EXPECT_EQ(first.at("attempt"), 1);
  EXPECT_EQ(first.at("run").at("attempt"), 2);
  EXPECT_EQ(first.at("cells").at(0).at("state"), "failed");
  EXPECT_EQ(Get("/runs/1/cells/0?attempt=1").at("cell").at("duration_ms"), 7.0);
  EXPECT_EQ(Get("/runs/1/cells/0").at("attempt"), 2);
  EXPECT_EQ(Refusal("GET", "/runs/1/attempts/3"), "404 run 1 has no attempt 3: it has 2");
  EXPECT_EQ(Refusal("GET", "/runs/1/attempts/one"), "404 run 1 has no attempt one: it has 2");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/0?attempt=9"), "404 run 1 has no attempt 9: it has 2");
}

TEST_F(ApiRunTest, FindsRunsAsTheCommandsDo) {
  EXPECT_EQ(Refusal("GET", "/runs/last"), "404 there is no run last: there is none");
  MakeSucceededRun(store_, "a", "1");
  MakeSucceededRun(store_, "b", "2");
  EXPECT_EQ(Get("/runs/last").at("run").at("id"), 2);
  EXPECT_EQ(Get("/runs/last:a").at("run").at("id"), 1);
  EXPECT_EQ(Refusal("GET", "/runs/last:c"), "404 there is no run last:c: the newest is 2");
  EXPECT_EQ(Refusal("GET", "/runs/7"), "404 there is no run 7: the newest is 2");
  EXPECT_EQ(Refusal("GET", "/runs/-1"), "404 there is no run -1: the newest is 2");
  EXPECT_EQ(Refusal("GET", "/runs/1x"), "404 there is no run 1x: the newest is 2");
  EXPECT_EQ(Refusal("GET", "/runs/1?attempt=1"),
            "400 there is no parameter \"attempt\" here: there are no parameters here");
}

TEST_F(ApiRunTest, GivesTheDocumentAndTheLogAsTheCommandsWriteThem) {
  MakeFailedRun(store_);
  std::string document;
  WriteRunJson(store_, FindRun(store_, RunId{1}).value(),
               [&](std::string_view text) { document += text; });
  EXPECT_EQ(Ask("GET", "/runs/1/document").body, document);
  const ApiAnswer log = Ask("GET", "/runs/1/log?cell=1");
  EXPECT_EQ(log.content_type, "application/x-ndjson");
  EXPECT_EQ(log.body.substr(0, log.body.find('\n')),
            R"({"schema_version":1,"cell":1,"number":0,"output":{"output_type":"stream",)"
            R"("name":"stdout","text":"reading\n"}})");
  EXPECT_EQ(std::count(log.body.begin(), log.body.end(), '\n'), 3);
  const std::string all = Ask("GET", "/runs/1/log").body;
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 5);
  EXPECT_EQ(Ask("GET", "/runs/1/log?cell=load").body, log.body);
  EXPECT_EQ(Refusal("GET", "/runs/1/log?cell=laod"),
            "404 run 1 has no cell \"laod\": its last is 3");
  EXPECT_EQ(Refusal("GET", "/runs/1/log?cell=9"), "404 run 1 has no cell 9: its last is 3");
}

TEST_F(ApiRunTest, LeavesPicturesAndLargePartsToTheirAddresses) {
  const std::string large(300 * 1024, 'x');
  const Json output = OutputsOf({Display({{"image/svg+xml", "<svg/>"},
                                          {"text/html", large},
                                          {"application/json", {{"a", 1}}},
                                          {"text/plain", Json::array({"two\n", "lines"})}})})
                          .at(0);
  EXPECT_EQ(output.at("data").dump(), R"({"application/json":{"a":1},"text/plain":"two\nlines"})");
  std::string parts;
  for (const Json& part : output.at("parts")) {
    parts += fmt::format("{} {} {}\n", part.at("mime").get<std::string>(),
                         part.at("bytes").get<int>(), part.at("inline").get<bool>());
  }
  EXPECT_EQ(parts,
            "image/svg+xml 6 false\ntext/html 307200 false\napplication/json 12 true\n"
            "text/plain 9 true\n");
}

TEST_F(ApiRunTest, GivesTheBeginningOfALargeStream) {
  const std::string text = std::string(65535, 'x') + "é" + std::string(300'000, 'y');
  const Json output = OutputsOf({Stream(text)}).at(0);
  EXPECT_EQ(output.at("text"), std::string(65535, 'x'));  // no half of a character
  EXPECT_EQ(output.at("parts").at(0).at("bytes"), text.size());
  EXPECT_EQ(output.at("parts").at(0).at("inline"), false);
}

TEST_F(ApiRunTest, CutsAnErrorThatIsTooLarge) {
  const std::string line(300'000, 'x');
  const Json output = OutputsOf({Json{{"output_type", "error"},
                                      {"ename", "E"},
                                      {"evalue", line},
                                      {"traceback", {"first", line}}}
                                     .dump()})
                          .at(0);
  EXPECT_EQ(output.at("evalue").get<std::string>().size(), 65536u);
  EXPECT_EQ(output.at("traceback").size(), 1u);
  EXPECT_EQ(output.at("traceback").at(0).get<std::string>().size(), 65536u);
  EXPECT_EQ(output.at("parts").at(0).at("url"), "/part/1-1-0-0/text/plain");
  const Json slice = Get("/runs/1/cells/0/outputs/0?limit=11");
  EXPECT_EQ(slice.at("text"), "first\nxxxxx");
  EXPECT_EQ(slice.at("bytes"), output.at("parts").at(0).at("bytes"));
}

TEST_F(ApiRunTest, DefersWhatWouldMakeTheAnswerTooLarge) {
  const std::vector<std::string> outputs(25, Stream(std::string(200'000, 'x')));
  const Json shown = OutputsOf(outputs);
  EXPECT_FALSE(shown.at(19).contains("deferred"));
  EXPECT_EQ(shown.at(24).dump(),
            R"({"output_type":"stream","name":"stdout","number":24,"deferred":true})");
  const Json alone = Get("/runs/1/cells/0").at("cell").at("outputs");
  EXPECT_EQ(alone.at(24).at("text"), std::string(200'000, 'x'));
}

TEST_F(ApiRunTest, DefersOutputsOfOtherCellsBeforeThoseOfTheRunningOne) {
  store_.RegisterWorker();
  NewRun run;
  run.job.name = "two";
  for (const char* source : {"first", "second"}) run.job.cells.emplace_back().source = source;
  const Claim claim = store_.ClaimRun(store_.AddRun(run, StoreTime()), StoreTime()).value();
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m0", "s", StoreTime(5));
  for (int i = 0; i < 25; ++i) {
    writer.AddOutput(0, i, OutputType::kDisplayData, "",
                     Json{{"data", {{"text/plain", std::string(200'000, 'x')}}}}.dump());
  }
  writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, StoreTime(6));
  writer.BeginCell(1, "m1", "s", StoreTime(7));
  writer.AddStream(1, 0, "stdout");
  writer.AppendText(1, 0, "tick");
  writer.Flush();
  const Json cells = Get(fmt::format("/runs/{}", claim.run.value)).at("cells");
  EXPECT_EQ(cells.at(1).at("outputs").at(0).at("text"), "tick");
  EXPECT_EQ(cells.at(0).at("outputs").at(24).at("deferred"), true);
}

TEST_F(ApiRunTest, GivesAStreamBySlices) {
  std::string text;
  for (int line = 0; line < 20'000; ++line) text += fmt::format("line {} ü\n", line);
  MakeSucceededRun(store_, "log", text);
  std::string read;
  std::int64_t from = 0;
  for (int slices = 0; slices < 100 && from < std::ssize(text); ++slices) {
    const Json slice = Get(fmt::format("/runs/1/cells/0/outputs/0?limit=10007&from={}", from));
    EXPECT_EQ(slice.at("bytes"), text.size());
    EXPECT_EQ(slice.at("from"), from);
    read += slice.at("text");
    from = slice.at("to");
  }
  EXPECT_EQ(read, text);
  const Json tail = Get("/runs/1/cells/0/outputs/0?from=-14");
  EXPECT_EQ(tail.dump(), fmt::format(R"({{"schema_version":1,"mime":"text/plain","bytes":{0},)"
                                     R"("from":{1},"to":{0},"text":"line 19999 ü\n"}})",
                                     text.size(), text.size() - 14));
}

TEST_F(ApiRunTest, KeepsCharactersWholeInSlices) {
  MakeRunWithOutputs(store_, "show", {Stream("aé€😀z")});  // at 0, 1, 3, 6, 10
  const auto slice = [&](int from, int limit) {
    const Json json = Get(fmt::format("/runs/1/cells/0/outputs/0?from={}&limit={}", from, limit));
    return fmt::format("{}-{} {}", json.at("from").get<int>(), json.at("to").get<int>(),
                       json.at("text").get<std::string>());
  };
  EXPECT_EQ(slice(0, 2), "0-1 a");
  EXPECT_EQ(slice(2, 4), "1-6 é€");
  EXPECT_EQ(slice(1, 1), "1-3 é");
  EXPECT_EQ(slice(6, 1), "6-10 😀");
  EXPECT_EQ(slice(9, 2), "6-11 😀z");
  EXPECT_EQ(slice(11, 5), "11-11 ");
  EXPECT_EQ(slice(99, 5), "11-11 ");
  EXPECT_EQ(slice(-99, 1), "0-1 a");
}

TEST_F(ApiRunTest, SaysWhereTheLimitCutAStream) {
  MakeSucceededRun(store_, "log", std::string(600, 'a') + std::string(600, 'z'), 0, 100);
  const Json output = Get("/runs/1").at("cells").at(0).at("outputs").at(0);
  EXPECT_EQ(output.at("missing"), 1100);
  EXPECT_EQ(output.at("gap_at"), 50);
  EXPECT_EQ(output.at("text"), std::string(50, 'a') + std::string(50, 'z'));
  const Json slice = Get("/runs/1/cells/0/outputs/0?from=40&limit=20");
  EXPECT_EQ(slice.at("text"), "aaaaaaaaaazzzzzzzzzz");
  EXPECT_EQ(slice.at("missing"), 1100);
  EXPECT_EQ(slice.at("gap_at"), 50);
}

TEST_F(ApiRunTest, SlicesTextsOfOtherOutputs) {
  MakeFailedRun(store_);
  EXPECT_EQ(Get("/runs/1/cells/1/outputs/1").at("text"), "   temp\n0  21.5");
  EXPECT_EQ(Get("/runs/1/cells/1/outputs/1?mime=text/html&from=1&limit=5").dump(),
            R"({"schema_version":1,"mime":"text/html","bytes":15,"from":1,"to":6,"text":"table"})");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/1/outputs/2?mime=image/png"),
            "400 mime: image/png is not text: the part's url has it");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/1/outputs/1?mime=text/latex"),
            "404 output 1 has no text/latex");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/1/outputs/0?mime=text/html"),
            "404 output 0 has no text/html");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/1/outputs/9"), "404 run 1 has no output 9 in its cell 1");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/x/outputs/0"), "404 run 1 has no output 0 in its cell x");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells/1/outputs/0?limit=4194305"),
            "400 limit: \"4194305\" is no number from 1 to 4194304");
}

TEST_F(ApiRunTest, HoldsHostileOutputsAsTexts) {
  const std::string script = "</script><script>alert(1)</script>\u202e\x1b[2J";
  const Json output = OutputsOf({Display({{"text/html", script}, {script, "x"}})}).at(0);
  EXPECT_EQ(output.at("data").at("text/html"), script);
  EXPECT_EQ(output.at("data").at(script), "x");
  EXPECT_EQ(Ask("GET", "/runs/1").body.find("\u202e"), std::string::npos);
}

TEST_F(ApiRunTest, TellsALiveCellWithoutSourceAndOutputs) {
  MakeFailedRun(store_);
  const Json cell = LiveCellToJson(FindCells(store_, RunId{1}).at(2));
  EXPECT_EQ(FaultBySchema(cell, {{"$ref", "#/components/schemas/LiveCell"}}), "");
  EXPECT_FALSE(cell.contains("source"));
  EXPECT_FALSE(cell.contains("outputs"));
}

TEST_F(ApiRunTest, TellsThatOutputsWereClearedWhichCameSinceTheLastLook) {
  store_.RegisterWorker();
  NewRun bar;
  bar.job.name = "bar";
  bar.job.cells.emplace_back().source = "bar()";
  const Claim claim = store_.ClaimRun(store_.AddRun(bar, StoreTime()), StoreTime()).value();
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", StoreTime(5));
  writer.Flush();
  RunWatch watch(context_, claim.run, {}, false);
  watch.Next();
  writer.AddStream(0, 0, "stdout");
  writer.AppendText(0, 0, "half");
  writer.Flush();
  writer.ClearOutputs(0);
  writer.AddStream(0, 1, "stdout");
  writer.AppendText(0, 1, "whole");
  writer.Flush();
  const std::string told = watch.Next();
  const std::size_t anew = told.find("event: outputs\ndata: {\"attempt\":1,\"cell\":0}\n");
  ASSERT_NE(anew, std::string::npos) << told;
  EXPECT_LT(told.find("half"), anew);
  EXPECT_LT(told.find("whole"), anew);
  EXPECT_EQ(watch.Next(), "");
}

TEST_F(ApiRunTest, DecodesAPartForItsAddress) {
  const Json body{{"output_type", "display_data"},
                  {"data",
                   {{"image/png", EncodeBase64("\x89PNG") + "\n"},
                    {"image/gif", "not base64!"},
                    {"application/json", {{"a", 1}}}}}};
  EXPECT_EQ(BytesOfPart(body, "image/png"), "\x89PNG");
  EXPECT_EQ(BytesOfPart(body, "image/gif"), "not base64!");
  EXPECT_EQ(BytesOfPart(body, "application/json"), "{\n  \"a\": 1\n}");
  EXPECT_EQ(BytesOfPart(body, "text/html"), std::nullopt);
}

}  // namespace
}  // namespace cellar
