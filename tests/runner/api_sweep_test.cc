// A sweep that is sent to the API: its runs are one group, or there are none.
#include <fmt/format.h>

#include "runner/review/run_json.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiSweepTest : public ApiTest {
 protected:
  static std::string SubmitSweep(const Json& sweep, const Json& more = Json::object()) {
    static constexpr char kJob[] = R"toml([parameters]
limit = 5
mode = "a"
[constraints]
limit = { min = 1, max = 10 }
[[cell]]
code = "print(limit, mode)"
)toml";
    Json body{{"job", {{"path", "report.toml"}, {"text", kJob}}}, {"sweep", sweep}};
    body.update(more);
    return body.dump();
  }

  /// From 1 to `last`.
  static Json Numbers(int last) {
    Json numbers = Json::array();
    for (int number = 1; number <= last; ++number) numbers.push_back(number);
    return numbers;
  }

  /// Oldest first.
  std::vector<RunRecord> Stored() const {
    std::vector<RunRecord> runs = FindRuns(store_, {.limit = 0});
    return {runs.rbegin(), runs.rend()};
  }
};

TEST_F(ApiSweepTest, MakesARunOfEachCombinationAsAGroup) {
  const ApiAnswer answer =
      Ask("POST", "/runs", SubmitSweep({{"mode", {"b", "c"}}, {"limit", {1, 7}}}));
  EXPECT_EQ(answer.status, 201);
  const Json made = Json::parse(answer.body);
  EXPECT_EQ(made.at("group"), 1);
  std::string values;
  for (const Json& run : made.at("runs")) {
    EXPECT_EQ(run.at("is_new"), true);
    values += fmt::format("{} {}\n", run.at("id").dump(), run.at("parameters").dump());
  }
  EXPECT_EQ(values,
            "1 {\"limit\":1,\"mode\":\"b\"}\n2 {\"limit\":7,\"mode\":\"b\"}\n"
            "3 {\"limit\":1,\"mode\":\"c\"}\n4 {\"limit\":7,\"mode\":\"c\"}\n");
  const Json listed = Json::parse(Ask("GET", "/runs/list?form=json&group=group:1").body);
  EXPECT_EQ(listed.at("runs").size(), 4u);
}

TEST_F(ApiSweepTest, AnswersAsTheCommandWritesIt) {
  const std::string body =
      Ask("POST", "/runs", SubmitSweep({{"limit", {2}}}, {{"parameters", {{"mode", "z"}}}})).body;
  std::string text;
  WriteSubmissionsJson(store_, {{RunId{1}}}, [&](std::string_view piece) { text += piece; });
  EXPECT_EQ(body, text);
  EXPECT_EQ(Stored().at(0).parameters.dump(), R"({"limit":2,"mode":"z"})");
}

TEST_F(ApiSweepTest, GivesWhatIsBesideTheSweepToEachRun) {
  MakeQueuedRun(store_, "first");
  config_.gateways["lab"] = {};
  Post("/runs", SubmitSweep({{"limit", {1, 2}}}, {{"priority", 4},
                                                  {"after", {1}},
                                                  {"due_at", "2999-01-01T03:30:00Z"},
                                                  {"timeout", "90s"},
                                                  {"kernel", "ir"},
                                                  {"gateway", "lab"}}));
  for (const RunId id : {RunId{2}, RunId{3}}) {
    const RunRecord run = FindRun(store_, id).value();
    EXPECT_EQ(run.priority, 4);
    EXPECT_EQ(run.after, std::vector{RunId{1}});
    EXPECT_TRUE(run.due);
    EXPECT_EQ(run.group, GroupId{1});
    EXPECT_EQ(run.gateway, "lab");
    const Job job = JobOfRun(store_, id).value();
    EXPECT_EQ(job.timeout, std::chrono::seconds(90));
    EXPECT_EQ(job.kernel, "ir");
  }
}

TEST_F(ApiSweepTest, HoldsEachValueToTheJobBeforeAnythingIsSubmitted) {
  const ApiAnswer answer = Ask("POST", "/runs", SubmitSweep({{"limit", {1, 0, 11}}}));
  EXPECT_EQ(answer.status, 422);
  const Json error = Json::parse(answer.body).at("error");
  EXPECT_EQ(error.at("message"), "report.toml: parameter limit is 0, less than 1 (and 1 more)");
  EXPECT_EQ(error.at("problems").at(1).dump(),
            R"({"file":"report.toml","line":0,"column":0,)"
            R"("what":"parameter limit is 11, more than 10","suggestion":""})");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"limti", {1}}})),
            "422 report.toml: unknown parameter \"limti\"; did you mean \"limit\"?");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"mode", {nullptr}}})).substr(0, 34),
            "422 report.toml: parameter mode: n");
  EXPECT_EQ(
      Refusal("POST", "/runs", SubmitSweep({{"mode", {"b"}}}, {{"parameters", {{"limit", 12}}}})),
      "422 report.toml: parameter limit is 12, more than 10");
  EXPECT_TRUE(Stored().empty());
}

TEST_F(ApiSweepTest, RefusesMoreRunsThanASweepMayMake) {
  EXPECT_EQ(
      Refusal("POST", "/runs", SubmitSweep({{"limit", Numbers(10)}, {"mode", Numbers(10'001)}})),
      "422 report.toml: the sweep makes more than 100000 runs; split it into several");
  EXPECT_TRUE(Stored().empty());
}

TEST_F(ApiSweepTest, RefusesWhatIsNotOfTheForm) {
  const std::string form = "400 submit: sweep must be an object: lists of values by name";
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep(Json::array())), form);
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep(Json::object())), form);
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep(nullptr)), form);
  const std::string list = "400 submit: sweep.limit must be a list of at least one value";
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"limit", 1}})), list);
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"limit", Json::array()}})), list);
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"limit", {1, 2}}}, {{"key", "k"}})),
            "400 submit: key names one run: give no sweep with it");
  EXPECT_EQ(
      Refusal("POST", "/runs", SubmitSweep({{"limit", {1}}}, {{"parameters", {{"limit", 2}}}})),
      "400 submit: parameters.limit and sweep.limit: give one of them");
  EXPECT_TRUE(Stored().empty());
}

TEST_F(ApiSweepTest, MakesNoneWhereOneCannotBe) {
  EXPECT_EQ(
      Refusal("POST", "/runs", SubmitSweep({{"limit", {1, 2}}}, {{"after", {9}}})).substr(0, 4),
      "400 ");
  context_.actions = false;
  EXPECT_EQ(Refusal("POST", "/runs", SubmitSweep({{"limit", {1, 2}}})).substr(0, 4), "403 ");
  EXPECT_TRUE(Stored().empty());
}

TEST_F(ApiSweepTest, AnswersALargeSweepInPieces) {
  const std::string body = SubmitSweep({{"mode", Numbers(3000)}});
  const ApiAnswer answer = AnswerApi(context_, {"POST", {"runs"}, {}, body});
  EXPECT_EQ(answer.status, 201);
  ASSERT_NE(answer.stream, nullptr);
  std::string text;
  while (!answer.stream->ended()) text += answer.stream->Next();
  const Json made = Json::parse(text);
  EXPECT_EQ(made.at("runs").size(), 3000u);
  EXPECT_EQ(made.at("runs").at(2999).at("parameters").at("mode"), 3000);
}

}  // namespace
}  // namespace cellar
