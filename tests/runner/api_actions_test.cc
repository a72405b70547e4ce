// What changes runs over the API.
#include <fmt/format.h>

#include "store/history.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiActionsTest : public ApiTest {
 protected:
  static std::string Submit(const Json& job, const Json& more = Json::object()) {
    Json body{{"job", job}};
    body.update(more);
    return body.dump();
  }

  static constexpr char kJob[] = R"toml(tags = ["sent"]
[parameters]
limit = 100
[[cell]]
code = "print(limit)"
)toml";
  static std::string SubmitJob(const Json& more = Json::object()) {
    return Submit({{"path", "report.toml"}, {"text", kJob}}, more);
  }
};

TEST_F(ApiActionsTest, CancelsAQueuedRunAtOnce) {
  MakeQueuedRun(store_, "report");
  const Json done = Post("/runs/last:report/cancel");
  EXPECT_EQ(done.at("result"), "cancelled");
  EXPECT_EQ(done.at("run").at("state"), "cancelled");
  EXPECT_EQ(done.at("run").at("reason"), "by_user");
  EXPECT_EQ(Refusal("POST", "/runs/1/cancel"), "409 cancel: run 1 has ended already");
  EXPECT_EQ(Refusal("POST", "/runs/2/cancel"), "404 there is no run 2: the newest is 1");
}

TEST_F(ApiActionsTest, AsksARunningRunToEnd) {
  MakeRunning("train");
  EXPECT_EQ(Post("/runs/1/cancel").at("result"), "requested");
  EXPECT_EQ(Get("/runs/1").at("details").at("cancel_request"), "by_user");
  EXPECT_EQ(Get("/runs/1").at("run").at("state"), "running");
}

TEST_F(ApiActionsTest, QueuesAFailedRunAgain) {
  MakeFailedRun(store_);
  const Json done = Post("/runs/1/retry");
  EXPECT_EQ(done.at("result"), "queued");
  EXPECT_EQ(done.at("run").at("state"), "queued");
  EXPECT_EQ(Refusal("POST", "/runs/1/retry"), "409 retry: run 1: it has not ended");
  MakeSucceededRun(store_, "a", "1");
  EXPECT_EQ(Refusal("POST", "/runs/2/retry"),
            "409 retry: run 2: it has succeeded, and stays so: submit it again for a new run of "
            "its job");
}

TEST_F(ApiActionsTest, RetriesNoRunBeforeThoseThatItDependsOn) {
  MakeEnded({.state = RunState::kFailed});
  Post("/runs", SubmitJob({{"after", {1}}}));
  EXPECT_EQ(Get("/runs/2").at("run").at("reason"), "dependency");
  EXPECT_EQ(Get("/runs/2").at("details").at("can").at("retry"), false);
  EXPECT_EQ(Refusal("POST", "/runs/2/retry"),
            "409 retry: run 2: a run that it depends on has not succeeded: retry that one first");
}

TEST_F(ApiActionsTest, SubmitsAStoredJobAgainWithItsValues) {
  MakeFailedRun(store_);
  const ApiAnswer answer = Ask("POST", "/runs/1/again");
  EXPECT_EQ(answer.status, 201);
  const Json run = Json::parse(answer.body).at("run");
  EXPECT_EQ(run.at("id"), 2);
  EXPECT_EQ(run.at("state"), "queued");
  EXPECT_EQ(run.at("parameters").dump(), R"({"limit":5})");
  EXPECT_EQ(JobOfRun(store_, RunId{2}), JobOfRun(store_, RunId{1}));
}

TEST_F(ApiActionsTest, SubmitsAJobThatIsSent) {
  const ApiAnswer answer =
      Ask("POST", "/runs",
          SubmitJob({{"parameters", {{"limit", 7}}}, {"priority", 3}, {"kernel", "ir"}}));
  EXPECT_EQ(answer.status, 201);
  const Json submitted = Json::parse(answer.body);
  EXPECT_EQ(submitted.at("is_new"), true);
  EXPECT_EQ(submitted.at("run").at("job"), "report");
  EXPECT_EQ(submitted.at("run").at("parameters").dump(), R"({"limit":7})");
  EXPECT_EQ(submitted.at("run").at("tags").dump(), R"(["sent"])");
  EXPECT_EQ(submitted.at("run").at("kernelspec"), "ir");
  EXPECT_EQ(FindRun(store_, RunId{1})->priority, 3);
  EXPECT_EQ(JobOfRun(store_, RunId{1})->cells.at(0).source, "print(limit)");
}

TEST_F(ApiActionsTest, GivesBackTheRunThatHasTheKey) {
  EXPECT_EQ(Ask("POST", "/runs", SubmitJob({{"key", "k"}})).status, 201);
  const ApiAnswer again = Ask("POST", "/runs", SubmitJob({{"key", "k"}}));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(Json::parse(again.body).at("is_new"), false);
  EXPECT_EQ(Json::parse(again.body).at("run").at("id"), 1);
}

TEST_F(ApiActionsTest, WaitsForADueTime) {
  Post("/runs", SubmitJob({{"due_at", "2999-01-01T03:30:00Z"}}));
  EXPECT_EQ(Get("/runs/1").at("details").at("due_at"), "2999-01-01T03:30:00.000Z");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"due_at", "2020-01-01T00:00:00Z"}})),
            "400 submit: due_at: 2020-01-01T00:00:00.000Z has passed");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"due_at", "soon"}})),
            "400 submit: due_at: \"soon\" is no time: give 2026-11-23T03:30:00Z");
}

TEST_F(ApiActionsTest, ReadsNoFileOfTheServer) {
  const auto secret = dir_.Write("secret.py", "print('secret')");
  const std::string text = fmt::format("[[cell]]\nfile = \"{}\"\n", secret.string());
  EXPECT_EQ(
      Refusal("POST", "/runs", Submit({{"path", "/etc/a/job.toml"}, {"text", text}})),
      fmt::format(
          "422 job.toml:2:8: [[cell]] 0: file {}: is not among the files that were sent; a path "
          "relative to this file",
          secret.string()));
  const std::string relative = "[[cell]]\nfile = \"./steps/../clean.py\"\n";
  const Json job{{"path", (dir_ / "job.toml").string()},
                 {"text", relative},
                 {"files", {{"clean.py", "clean()"}}}};
  dir_.Write("clean.py", "print('secret')");
  Post("/runs", Submit(job));
  EXPECT_EQ(JobOfRun(store_, RunId{1})->cells.at(0).source, "clean()");
}

TEST_F(ApiActionsTest, TellsAllProblemsOfAnUnsoundJob) {
  const ApiAnswer answer =
      Ask("POST", "/runs", Submit({{"path", "job.toml"}, {"text", "timeot = \"1m\"\n[[cell]]\n"}}));
  EXPECT_EQ(answer.status, 422);
  const Json error = Json::parse(answer.body).at("error");
  ASSERT_EQ(error.at("problems").size(), 2u);
  EXPECT_EQ(error.at("problems").at(0).dump(),
            R"({"file":"job.toml","line":1,"column":1,"what":"unknown key \"timeot\"",)"
            R"("suggestion":"did you mean \"timeout\"?"})");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"parameters", {{"limt", 1}}}})).substr(0, 20),
            "422 report.toml: unk");
  EXPECT_TRUE(FindRuns(store_, {}).empty());
}

TEST_F(ApiActionsTest, RefusesBodiesThatAreNotOfTheForm) {
  EXPECT_EQ(Refusal("POST", "/runs", "[]"), "400 submit: the body must be a JSON object");
  EXPECT_EQ(Refusal("POST", "/runs", "{}"),
            "400 submit: job is missing: {\"path\": \"job.toml\", \"text\": \"…\"}");
  EXPECT_EQ(Refusal("POST", "/runs", "").substr(0, 35), "400 submit: the body is no JSON: 1:");
  EXPECT_EQ(
      Refusal("POST", "/runs", SubmitJob({{"prio", 1}})),
      "400 submit: prio is not known: known members: job, parameters, sweep, priority, due_at, "
      "key, after, gateway, kernel, timeout");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"priority", "1"}})),
            "400 submit: priority must be an integer");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"after", 1}})),
            "400 submit: after must be a list of runs");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"after", {1.5}}})),
            "400 submit: after: a run is a number, or \"last\", \"last:JOB\", \"group:N\"");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"timeout", "soon"}})),
            "400 submit: timeout: \"soon\" is no duration: \"90s\", \"1h30m\"");
  EXPECT_EQ(Refusal("POST", "/runs", Submit({{"path", "a/.."}, {"text", ""}})),
            "400 submit: job.path: \"a/..\" ends in no file's name: \"job.toml\", \"a.ipynb\"");
  EXPECT_EQ(Refusal("POST", "/runs", Submit({{"path", "a.toml"}})),
            "400 submit: job.path and job.text: both are needed");
  EXPECT_EQ(Refusal("POST", "/runs", Submit({{"path", 5}, {"text", ""}})),
            "400 submit: job.path must be a text");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"after", {9}}})).substr(0, 4), "400 ");
  EXPECT_TRUE(FindRuns(store_, {}).empty());
}

TEST_F(ApiActionsTest, TakesConfiguredGatewaysAlone) {
  config_.gateways["lab"] = {};
  EXPECT_EQ(Post("/runs", SubmitJob({{"gateway", "lab"}})).at("run").at("gateway"), "lab");
  EXPECT_EQ(Refusal("POST", "/runs", SubmitJob({{"gateway", "lob"}})),
            "400 submit: gateway: \"lob\" is not configured: did you mean \"lab\"?");
  const Json job{{"path", "a.toml"},
                 {"text", "gateway = \"http://thief.example\"\n[[cell]]\ncode = \"1\"\n"}};
  EXPECT_EQ(Refusal("POST", "/runs", Submit(job)),
            "400 submit: gateway: a job that is sent names a configured one, no URL");
}

TEST_F(ApiActionsTest, ChangesNothingWhereNoActionsAreAllowed) {
  MakeQueuedRun(store_, "a");
  context_.actions = false;
  for (const char* target : {"/runs", "/runs/1/cancel", "/runs/1/retry", "/runs/1/again"}) {
    EXPECT_EQ(Refusal("POST", target, SubmitJob()),
              "403 this server only shows: submit, cancel, retry and again are not allowed over "
              "it");
  }
  EXPECT_EQ(FindRuns(store_, {}).size(), 1u);
  EXPECT_EQ(FindRun(store_, RunId{1})->state, RunState::kQueued);
}

TEST_F(ApiActionsTest, SaysWhenTheStoreCannotBeWritten) {
  MakeQueuedRun(store_, "a");
  Store read_only = Store::Open(store_.file(), StoreMode::kReadOnly);
  context_.store = &read_only;
  EXPECT_EQ(Refusal("POST", "/runs/1/cancel").substr(0, 4), "503 ");
}

}  // namespace
}  // namespace cellar
