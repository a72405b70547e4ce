// What the API has for commands on other machines: lists and texts as they write them themselves,
// and actions on several runs at once.
#include <fmt/format.h>

#include "runner/review/export_formats.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"
#include "runner/review/runs_table.h"
#include "store/queue.h"
#include "store/submission.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiTextsTest : public ApiTest {
 protected:
  std::string Body(const std::string& target) {
    const ApiAnswer answer = Ask("GET", target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }

  /// Two queued runs of one group.
  std::string MakeGroup() {
    NewRun run;
    run.job.name = "sweep";
    run.job_file = "sweep.toml";
    run.job_sha256 = std::string(64, 'a');
    int left = 2;
    const auto next = [&] { return left-- > 0 ? std::optional(run) : std::nullopt; };
    const Submission made = AddGroup(store_, "sweep", next, StoreTime()).front();
    return fmt::format("group:{}", FindRun(store_, made.run)->group.value().value);
  }
};

TEST_F(ApiTextsTest, ListsRunsAsTheCommandDoes) {
  MakeSucceededRun(store_, "weather", "hello");
  MakeFailedRun(store_);
  RunFilter filter;
  EXPECT_EQ(Body("/runs/list"), RunsTable(FindRuns(store_, filter), {}));
  EXPECT_EQ(Body("/runs/list?columns=60&colours=true"),
            RunsTable(FindRuns(store_, filter), {true, 60}));
  EXPECT_EQ(Body("/runs/list?state=running"), "");
  const Json list = Json::parse(Body("/runs/list?form=json&limit=0&job=weather"));
  ASSERT_EQ(list.at("runs").size(), 1u);
  EXPECT_EQ(list.at("runs").at(0), Get("/runs/1").at("run"));
}

TEST_F(ApiTextsTest, ListsTheQueueWithWhatEachRunWaitsFor) {
  const std::string group = MakeGroup();
  MakeQueuedRun(store_, "other");
  const Json queue = Json::parse(Body("/runs/list?form=json&state=queued&group=" + group));
  ASSERT_EQ(queue.at("runs").size(), 2u);
  EXPECT_EQ(queue.at("runs").at(1).at("queue").at("position"), 2);
  EXPECT_NE(Body("/runs/list?state=queued").find("WAITS FOR"), std::string::npos);
}

TEST_F(ApiTextsTest, RefusesListsThatCannotBe) {
  EXPECT_EQ(Refusal("GET", "/runs/list?state=queued,failed"),
            "400 state: one alone can be asked for here");
  EXPECT_EQ(Refusal("GET", "/runs/list?state=faild"),
            "400 state: there is no \"faild\": did you mean \"failed\"?");
  EXPECT_EQ(Refusal("GET", "/runs/list?form=xml"), "400 form: \"xml\" is neither text nor json");
  EXPECT_EQ(Refusal("GET", "/runs/list?group=3"),
            "400 there is no group 3: cellar submit --sweep makes one");
  EXPECT_EQ(Refusal("GET", "/runs/list?colours=yes"),
            "400 colours: \"yes\" is neither true nor false");
}

TEST_F(ApiTextsTest, ShowsAndExportsARunAsTheCommandsDo) {
  const RunId id = MakeFailedRun(store_);
  const RunRecord run = FindRun(store_, id).value();
  std::string text;
  const TextSink sink = [&](std::string_view piece) { text += piece; };
  WriteRunText(store_, run, {true, 70}, sink);
  EXPECT_EQ(Body("/runs/1/text?columns=70&colours=true"), text);
  for (const ExportFormat& format : ExportFormats()) {
    text.clear();
    format.write(store_, run, sink);
    const ApiAnswer answer = Ask("GET", "/runs/1/export?to=" + std::string(format.name));
    EXPECT_EQ(answer.content_type, format.content_type);
    EXPECT_EQ(answer.body, text) << format.name;
  }
  EXPECT_EQ(Refusal("GET", "/runs/1/export?to=pdf").substr(0, 36),
            "400 export: to: there is no \"pdf\": k");
}

TEST_F(ApiTextsTest, ShowsTheCellsThatAreNamed) {
  const RunRecord run = FindRun(store_, MakeFailedRun(store_)).value();
  const std::vector<CellRecord> all = FindCells(store_, run.id);
  const std::vector<CellRecord> two{all.at(0), all.at(2)};
  std::string text;
  const TextSink sink = [&](std::string_view piece) { text += piece; };
  WriteRunText(store_, run, two, {false, 70}, sink);
  EXPECT_EQ(Body("/runs/1/text?columns=70&cell=" + two.at(1).name + "&cell=0"), text);
  text.clear();
  WriteRunJson(store_, run, two, sink);
  EXPECT_EQ(Body("/runs/1/document?cell=2&cell=0&cell=2"), text);
  EXPECT_EQ(Refusal("GET", "/runs/1/text?cell=0&cell=9"),
            "400 show: run 1 has no cell 9: its last is 3");
  EXPECT_EQ(Refusal("GET", "/runs/1/document?cell=laod"),
            "400 show: run 1 has no cell \"laod\": its last is 3");
}

TEST_F(ApiTextsTest, TakesNoOtherParameterTwice) {
  MakeFailedRun(store_);
  EXPECT_EQ(Refusal("GET", "/runs/1/text?columns=70&columns=80"), "400 columns: give it once");
  EXPECT_EQ(Refusal("GET", "/runs/1/log?cell=1&cell=2"), "400 cell: give it once");
}

TEST_F(ApiTextsTest, SendsWhatIsLongInPieces) {
  const std::string large(5'000'000, 'x');
  MakeSucceededRun(store_, "large", large);
  const ApiAnswer answer = AnswerApi(context_, {"GET", {"runs", "1", "text"}, {}, ""});
  ASSERT_NE(answer.stream, nullptr);
  EXPECT_TRUE(answer.body.empty());
  std::string text;
  std::size_t largest = 0;
  while (!answer.stream->ended()) {
    const std::string piece = answer.stream->Next();
    largest = std::max(largest, piece.size());
    text += piece;
  }
  EXPECT_LE(largest, 256u * 1024);
  EXPECT_GT(text.size(), large.size());
  EXPECT_NE(text.find("xxxx"), std::string::npos);
}

TEST_F(ApiTextsTest, SaysWhetherAnybodyWorksOnARun) {
  MakeQueuedRun(store_, "lonely");
  EXPECT_EQ(Get("/runs/1/state").at("attended"), false);
  EXPECT_EQ(Get("/runs/last/state").at("run").at("state"), "queued");
  MakeRunning("busy");
  EXPECT_EQ(Get("/runs/2/state").at("attended"), true);
}

TEST_F(ApiTextsTest, FollowsALogToTheEndOfItsRun) {
  MakeRunning("busy");
  const ApiAnswer log =
      AnswerApi(context_, {"GET", {"runs", "1", "log"}, {{"follow", "true"}}, ""});
  EXPECT_EQ(log.stream->Next(), "");
  EXPECT_FALSE(log.stream->ended());
  EXPECT_EQ(log.stream->heartbeat(), "\n");
  MakeSucceededRun(store_, "done", "hello");
  const ApiAnswer whole =
      AnswerApi(context_, {"GET", {"runs", "2", "log"}, {{"follow", "true"}}, ""});
  EXPECT_NE(whole.stream->Next().find("hello"), std::string::npos);
  EXPECT_TRUE(whole.stream->ended());
}

TEST_F(ApiTextsTest, CancelsAllThatAreNamedOrNone) {
  const std::string group = MakeGroup();
  MakeEnded({.job = "done"});
  EXPECT_EQ(Refusal("POST", "/cancel", Json{{"runs", {1, 9}}}.dump()),
            "400 there is no run 9: the newest is 3");
  EXPECT_EQ(Get("/runs/1").at("run").at("state"), "queued");
  const Json done = Post("/cancel", Json{{"runs", {group, "last:done", 1}}}.dump());
  EXPECT_EQ(done.at("runs").dump(),
            R"([{"id":1,"result":"cancelled","text":"cancelled","of_group":true},)"
            R"({"id":2,"result":"cancelled","text":"cancelled","of_group":true},)"
            R"({"id":3,"result":"had_ended","text":"had ended already: succeeded",)"
            R"("of_group":false}])");
  EXPECT_EQ(Refusal("POST", "/cancel", "{}"), "400 cancel: runs: at least one is to be named");
}

TEST_F(ApiTextsTest, RetriesAllThatAreNamedOrNone) {
  MakeFailedRun(store_);
  MakeEnded({.job = "done"});
  EXPECT_EQ(Refusal("POST", "/retry", Json{{"runs", {1, 2}}}.dump()),
            "400 retry: run 2: it has succeeded, and stays so: `cellar retry --new` makes a new "
            "run of its job; nothing was queued");
  EXPECT_EQ(Get("/runs/1").at("run").at("state"), "failed");
  EXPECT_EQ(Post("/retry", Json{{"runs", {1}}}.dump()).at("runs").at(0).at("state"), "queued");
  const ApiAnswer anew = Ask("POST", "/retry", Json{{"runs", {2}}, {"new", true}}.dump());
  EXPECT_EQ(anew.status, 201);
  EXPECT_EQ(Json::parse(anew.body).at("runs").at(0).at("id"), 3);
}

TEST_F(ApiTextsTest, WaitsForRunsThatAreNamedAsCommandsNameThem) {
  const std::string group = MakeGroup();
  const Json job{{"path", "a.toml"}, {"text", "[[cell]]\ncode = \"1\"\n"}};
  const Json body{{"job", job}, {"after", {group, "last"}}, {"timeout", "90s"}};
  Post("/runs", body.dump());
  EXPECT_EQ(Get("/runs/3").at("details").at("after").dump(), "[1,2]");
  EXPECT_EQ(JobOfRun(store_, RunId{3})->timeout, std::chrono::seconds(90));
}

}  // namespace
}  // namespace cellar
