// wait, cancel, retry and the queue in `runs`: what becomes of runs that were submitted, seen from
// other processes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "store/history.h"
#include "store/run_control.h"
#include "store/submission.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/fake_gateway.h"

namespace cellar {
namespace {

class FollowingTest : public CliTest {
 protected:
  FollowingTest() {
    environment_["CELLAR_GATEWAY"] = gateway_.Address().url;
    environment_["CELLAR_TOKEN"] = gateway_.Address().token;
    WriteJob("story", "print 1");
    WriteJob("bad", "raise ValueError no");
    WriteJob("long", "hang");
  }

  void WriteJob(const std::string& name, const std::string& code, const std::string& head = "") {
    folder_.Write(name + ".toml", head + "[[cell]]\ncode = \"" + code + "\"\n");
  }

  std::string Submit(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"submit", "-q"});
    return Cellar(arguments).out;
  }

  ProgramResult Work() const { return Cellar({"work", "--drain"}); }

  std::string StateOf(std::int64_t run) const {
    const RunRecord record = FindRun(OpenStore(), RunId{run}).value();
    return fmt::format("{}{}, attempt {}", ToWord(record.state),
                       record.reason ? fmt::format(" {}", ToWord(*record.reason)) : "",
                       record.attempt);
  }

  FakeGateway gateway_;
};

// --- wait

TEST_F(FollowingTest, WaitsUntilAWorkerHasRunThem) {
  Submit({"story.toml", "bad.toml"});
  ChildProcess waiting(Spec({"wait", "1", "2"}));
  waiting.AwaitOutput("nobody takes runs");
  Work();
  const ProgramResult result = waiting.Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(
      result.err,
      testing::MatchesRegex("nobody takes runs from this store: start a worker with `cellar work`\n"
                            "run 1: story: succeeded [^\n]*\n"
                            "run 2: bad: failed \\(cell_error\\) [^\n]*ValueError: no\n"));
}

TEST_F(FollowingTest, WaitsForAGroupAndAnswersInJson) {
  WriteJob("swept", "print 1", "[parameters]\nlimit = 1\n");
  Submit({"swept.toml", "--sweep", "limit=1,2,3"});
  Work();
  const ProgramResult result = Cellar({"wait", "group:1", "--json", "-q"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(nlohmann::json::parse(result.out).at("runs").size(), 3U);
}

TEST_F(FollowingTest, StopsWaitingAfterItsTimeout) {
  Submit({"story.toml", "story.toml"});
  EXPECT_EQ(Transcript({"wait", "1", "2", "--timeout", "50ms"}),
            "exit 124\n--\n"
            "nobody takes runs from this store: start a worker with `cellar work`\n"
            "cellar: wait: run 1 (queued) and 1 more have not ended after 50ms\n");
  EXPECT_EQ(Transcript({"wait", "2", "--timeout", "soon"}),
            "exit 2\n--\ncellar: wait: --timeout: \"soon\" is not a duration; write \"250ms\", "
            "\"90s\", \"30m\", \"1h30m\"\n");
  EXPECT_EQ(StateOf(1), "queued, attempt 0");
}

TEST_F(FollowingTest, LeavesTheRunsAloneWhenItsWaitingIsStopped) {
  ChildProcess submitting(Spec({"submit", "story.toml", "--wait"}));
  submitting.AwaitOutput("nobody takes runs");
  submitting.Signal(SIGINT);
  const ProgramResult result = submitting.Wait();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.out, "1\n");
  EXPECT_THAT(result.err, testing::HasSubstr("cellar: submit: stopped; run 1 (queued) has not "
                                             "ended, and nothing was cancelled\n"));
  EXPECT_EQ(StateOf(1), "queued, attempt 0");
}

TEST_F(FollowingTest, SubmitsAndWaits) {
  ChildProcess submitting(Spec({"submit", "bad.toml", "--wait", "--json"}));
  submitting.AwaitOutput("nobody takes runs");
  Work();
  const ProgramResult result = submitting.Wait();
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out).at("runs")[0].at("reason"), "cell_error");
}

TEST_F(FollowingTest, NamesWhatItCannotWaitFor) {
  EXPECT_EQ(Transcript({"wait", "1"}),
            "exit 4\n--\ncellar: store DIR/cellar.db: there is no such file; `cellar run` makes "
            "it, --store names another\n");
  OpenStore();
  EXPECT_EQ(Transcript({"wait", "last"}),
            "exit 2\n--\ncellar: DIR/cellar.db: there is no run yet\n");
  EXPECT_EQ(Transcript({"wait", "group:x"}),
            "exit 2\n--\ncellar: \"group:x\" names no group: give group:NUMBER\n");
  Submit({"story.toml"});
  EXPECT_EQ(Transcript({"wait", "1", "9"}),
            "exit 2\n--\ncellar: there is no run 9: the newest is 1\n");
}

// --- cancel

TEST_F(FollowingTest, CancelsAQueuedRunAtOnce) {
  Submit({"story.toml", "story.toml"});
  EXPECT_EQ(Transcript({"cancel", "1", "last"}), "exit 0\nrun 1: cancelled\nrun 2: cancelled\n");
  EXPECT_EQ(StateOf(1), "cancelled by_user, attempt 0");
  EXPECT_EQ(Transcript({"cancel", "1"}), "exit 0\n--\nrun 1: had ended already: cancelled\n");
  EXPECT_EQ(Transcript({"cancel", "1", "--json"}),
            "exit 0\n{\"schema_version\":1,\"runs\":[{\"id\":1,\"result\":\"had_ended\"}]}\n");
}

TEST_F(FollowingTest, CancelsAGroupButForWhatHasEnded) {
  WriteJob("swept", "print 1", "[parameters]\nlimit = 1\n");
  Submit({"swept.toml", "--sweep", "limit=1,2,3"});
  Cellar({"cancel", "2"});
  EXPECT_EQ(Transcript({"cancel", "group:1"}), "exit 0\nrun 1: cancelled\nrun 3: cancelled\n");
}

TEST_F(FollowingTest, EndsARunOfAWorkerAndItsKernel) {
  Submit({"long.toml"});
  ChildProcess worker(Spec({"work", "--drain"}));
  gateway_.AwaitCells(1);
  EXPECT_EQ(Transcript({"cancel", "1"}),
            "exit 0\nrun 1: is running: its worker was asked to end it\n");
  EXPECT_EQ(worker.Wait().exit_code, 1);
  EXPECT_EQ(StateOf(1), "cancelled by_user, attempt 1");
  gateway_.AwaitNoKernels();
}

TEST_F(FollowingTest, EndsARunInTheForegroundOfAnotherProcess) {
  ChildProcess running(Spec({"run", "long.toml"}));
  gateway_.AwaitCells(1);
  EXPECT_EQ(Cellar({"cancel", "last"}).exit_code, 0);
  const ProgramResult result = running.Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, testing::HasSubstr("run 1: cancelled (by_user)\n"));
  EXPECT_EQ(StateOf(1), "cancelled by_user, attempt 1");
  gateway_.AwaitNoKernels();
}

TEST_F(FollowingTest, EndsARunInThePauseBeforeItsNextAttempt) {
  WriteJob("again", "die for good", "[retry]\nattempts = 2\ndelay = \"1h\"\n");
  ChildProcess running(Spec({"run", "again.toml"}));
  running.AwaitOutput("trying again");
  EXPECT_EQ(Transcript({"cancel", "1"}), "exit 0\nrun 1: cancelled\n");
  EXPECT_EQ(running.Wait().exit_code, 1);
  EXPECT_EQ(StateOf(1), "cancelled by_user, attempt 1");
}

TEST_F(FollowingTest, TriesAgainWhereNoGatewayToldItsKernelspecs) {
  folder_.Write("code.R", "# %%\nprint(1)\n");
  folder_.Write("again.toml", "notebook = \"code.R\"\n[retry]\nattempts = 2\ndelay = \"10ms\"\n");
  gateway_.StopListening();
  const ProgramResult result = Cellar({"run", "again.toml"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, testing::HasSubstr("; trying again\n"));
  EXPECT_EQ(StateOf(1), "failed gateway_unreachable, attempt 2");
}

TEST_F(FollowingTest, NeitherCancelsNorMakesAStoreWhereOneRunIsMissing) {
  EXPECT_EQ(Cellar({"cancel", "1"}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "cellar.db"));
  Submit({"story.toml"});
  EXPECT_EQ(Transcript({"cancel", "1", "2"}),
            "exit 2\n--\ncellar: there is no run 2: the newest is 1\n");
  EXPECT_EQ(StateOf(1), "queued, attempt 0");
}

// --- retry

TEST_F(FollowingTest, TriesAFailedRunAgain) {
  Submit({"bad.toml"});
  EXPECT_EQ(Work().exit_code, 1);
  gateway_.OnCell("raise ValueError no", [](FakeCell&) {});
  EXPECT_EQ(Transcript({"retry", "1"}), "exit 0\nrun 1: queued for attempt 2\n");
  Work();
  EXPECT_EQ(StateOf(1), "succeeded, attempt 2");
}

TEST_F(FollowingTest, SaysWhatCannotBeRetriedAndQueuesNothing) {
  Submit({"story.toml", "bad.toml", "story.toml"});
  Work();
  Submit({"story.toml"});
  EXPECT_EQ(Transcript({"retry", "2", "1"}),
            "exit 2\n--\ncellar: retry: run 1: it has succeeded, and stays so: `cellar retry "
            "--new` makes a new run of its job; nothing was queued\n");
  EXPECT_EQ(Transcript({"retry", "2", "4"}),
            "exit 2\n--\ncellar: retry: run 4: it has not ended: cellar cancel ends it, cellar "
            "wait waits for its end; nothing was queued\n");
  EXPECT_EQ(StateOf(2), "failed cell_error, attempt 1");
}

TEST_F(FollowingTest, RetriesADependantOnlyBehindWhatItDependsOn) {
  Submit({"bad.toml"});
  Submit({"story.toml", "--after", "1"});
  Work();
  EXPECT_EQ(StateOf(2), "cancelled dependency, attempt 0");
  EXPECT_EQ(Transcript({"retry", "2"}),
            "exit 2\n--\ncellar: retry: run 2: a run that it depends on has not succeeded: retry "
            "that one first, or both at once; nothing was queued\n");
  EXPECT_EQ(Transcript({"retry", "2", "1"}),
            "exit 0\nrun 1: queued for attempt 2\nrun 2: queued for attempt 1\n");
}

TEST_F(FollowingTest, RetriesWhatIsLeftOfAGroup) {
  WriteJob("swept", "print 1", "[parameters]\nlimit = 1\n");
  Submit({"swept.toml", "--sweep", "limit=1,2,3"});
  Cellar({"cancel", "2"});
  Work();
  EXPECT_EQ(Transcript({"retry", "group:1"}), "exit 0\nrun 2: queued for attempt 1\n");
  Work();
  EXPECT_EQ(Transcript({"retry", "group:1"}),
            "exit 0\n--\nretry: no run of the group has failed or was cancelled\n");
  EXPECT_EQ(Cellar({"retry", "group:1", "--json"}).out, "{\"schema_version\": 1, \"runs\": []}\n");
}

TEST_F(FollowingTest, MakesANewRunOfAStoredJob) {
  WriteJob("swept", "print 1", "[parameters]\nlimit = 1\n");
  Submit({"swept.toml", "-p", "limit=9", "--priority", "3"});
  folder_.Write("swept.toml", "");
  EXPECT_EQ(Transcript({"retry", "--new", "1"}), "exit 0\n2\n--\nrun 2: swept: queued\n");
  const Store store = OpenStore();
  const RunRecord copy = FindRun(store, RunId{2}).value();
  EXPECT_EQ(copy.parameters.dump(), R"({"limit":9})");
  EXPECT_EQ(copy.priority, 3);
  EXPECT_EQ(JobOfRun(store, RunId{2}), JobOfRun(store, RunId{1}));
}

// --- the queue

TEST_F(FollowingTest, ListsTheQueueWithPositionAndReason) {
  Store store = OpenStore();
  MakeQueuedRun(store, "story");
  NewRun run;
  run.job.name = "report";
  run.job_file = "report.toml";
  run.after = {RunId{1}};
  AddRuns(store, {run}, StoreTime());
  run.after.clear();
  run.due = TimePoint(std::chrono::sys_days(std::chrono::year(2099) / 1 / 2));
  run.priority = 5;
  AddRuns(store, {run}, StoreTime());
  EXPECT_EQ(Transcript({"runs", "--state", "queued"}),
            "exit 0\n"
            "POS  RUN  JOB     PRIO  SUBMITTED            WAITS FOR\n"
            "  1    3  report     5  2026-11-23 02:00:00  2099-01-02 00:00:00\n"
            "  2    1  story      0  2026-11-23 02:00:00  a worker with a free kernel\n"
            "  3    2  report     0  2026-11-23 02:00:00  run 1 to succeed\n");
  EXPECT_EQ(Transcript({"runs", "--state", "queued", "--job", "report", "--limit", "1"}),
            "exit 0\n"
            "POS  RUN  JOB     PRIO  SUBMITTED            WAITS FOR\n"
            "  1    3  report     5  2026-11-23 02:00:00  2099-01-02 00:00:00\n");
  const auto json = nlohmann::json::parse(Cellar({"runs", "--state", "queued", "--json"}).out);
  EXPECT_EQ(json.at("runs")[2].at("id"), 2);
  EXPECT_EQ(json["runs"][2]["queue"].dump(),
            R"({"key":"","position":3,"reason":"run","run":1,"text":"waits for run 1 to succeed",)"
            R"("until":null})");
}

TEST_F(FollowingTest, FitsTheQueueIntoTheWindowOfATerminal) {
  Store store = OpenStore();
  MakeQueuedRun(store, "a-job-with-a-rather-long-name-of-its-own");
  ProgramSpec spec = Spec({"runs", "--state", "queued"});
  spec.stdout_on_terminal = true;
  spec.terminal_columns = 60;
  EXPECT_EQ(RunProgram(spec).out,
            "POS  RUN  JOB              PRIO  WAITS FOR\n"
            "  1    1  a-job-with-a-r…     0  a worker with a free kernel\n");
}

TEST_F(FollowingTest, ListsTheRunsOfAGroup) {
  WriteJob("swept", "print 1", "[parameters]\nlimit = 1\n");
  Submit({"story.toml"});
  Submit({"swept.toml", "--sweep", "limit=1,2"});
  const auto json = nlohmann::json::parse(Cellar({"runs", "--group", "1", "--json"}).out);
  EXPECT_EQ(json.at("runs").size(), 2U);
  EXPECT_EQ(Transcript({"runs", "--group", "4"}),
            "exit 2\n--\ncellar: there is no group 4: cellar submit --sweep makes one\n");
  EXPECT_EQ(Transcript({"show", "group:1"}),
            "exit 2\n--\ncellar: group:1 names several runs: give one; cellar runs --group 1 lists "
            "them\n");
}

}  // namespace
}  // namespace cellar
