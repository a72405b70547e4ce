// submit: what is printed, what is stored, what is refused before anything is stored.
#include <nlohmann/json.hpp>

#include "store/history.h"
#include "store/submission.h"
#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class SubmitTest : public CliTest {
 protected:
  SubmitTest() {
    folder_.Write("steps/clean.py", "print(limit)\n");
    folder_.Write("clean.toml",
                  "tags = [\"nightly\"]\n[parameters]\nlimit = 5\nmode = \"a\"\n[constraints]\n"
                  "limit = { min = 1, max = 10 }\n[[cell]]\nfile = \"steps/clean.py\"\n");
    folder_.Write("skip.toml", "[concurrency]\npolicy = \"skip\"\n[[cell]]\ncode = \"1\"\n");
  }

  std::vector<RunRecord> Runs() const {
    std::vector<RunRecord> runs = FindRuns(OpenStore(), {.limit = 0});
    return {runs.rbegin(), runs.rend()};
  }

  bool HasStore() const { return std::filesystem::exists(folder_ / "cellar.db"); }
};

TEST_F(SubmitTest, PrintsTheNumberOfARunThatWaits) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "-p", "limit=7"}),
            "exit 0\n1\n--\nrun 1: clean: queued\n");
  EXPECT_EQ(Transcript({"submit", "-q", "clean.toml"}), "exit 0\n2\n");
  const RunRecord run = Runs().at(0);
  EXPECT_EQ(run.parameters.dump(), R"({"limit":7,"mode":"a"})");
  EXPECT_EQ(run.job_file, (folder_ / "clean.toml").string());
  EXPECT_EQ(run.tags, std::vector<std::string>{"nightly"});
}

TEST_F(SubmitTest, KeepsTheWholeJobAsItWas) {
  Cellar({"submit", "clean.toml"});
  folder_.Write("clean.toml", "[[cell]]\ncode = \"other\"\n");
  folder_.Write("steps/clean.py", "print('changed')\n");
  EXPECT_EQ(JobOfRun(OpenStore(), RunId{1})->cells.at(0).source, "print(limit)\n");
}

TEST_F(SubmitTest, SubmitsSeveralFilesOrNone) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "skip.toml"}),
            "exit 0\n1\n2\n--\nrun 1: clean: queued\nrun 2: skip: queued\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "none.toml"}),
            "exit 2\n--\nnone.toml: No such file or directory\n");
  EXPECT_EQ(Runs().size(), 2U);
}

TEST_F(SubmitTest, AnswersWithTheRunsAsJson) {
  const auto json =
      nlohmann::json::parse(Cellar({"submit", "--json", "clean.toml", "--sweep", "limit=1,2"}).out);
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(json.at("group"), 1);
  EXPECT_EQ(json.at("runs").size(), 2U);
  EXPECT_EQ(json["runs"][1]["id"], 2);
  EXPECT_EQ(json["runs"][1]["state"], "queued");
  EXPECT_EQ(json["runs"][1]["parameters"]["limit"], 2);
  EXPECT_EQ(nlohmann::json::parse(Cellar({"submit", "--json", "clean.toml"}).out).at("group"),
            nullptr);
}

TEST_F(SubmitTest, MakesARunOfEachCombinationAsAGroup) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limit=1,5", "--sweep", "mode=b,c"}),
            "exit 0\n1\n2\n3\n4\n--\ngroup:1: runs 1 to 4\n");
  std::string values;
  for (const RunRecord& run : Runs()) {
    values += run.parameters.dump() + (run.group == GroupId{1} ? "\n" : " without a group\n");
  }
  EXPECT_EQ(values, R"({"limit":1,"mode":"b"})"
                    "\n"
                    R"({"limit":1,"mode":"c"})"
                    "\n"
                    R"({"limit":5,"mode":"b"})"
                    "\n"
                    R"({"limit":5,"mode":"c"})"
                    "\n");
}

TEST_F(SubmitTest, HoldsASweepToTheJobBeforeAnythingIsSubmitted) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limti=1,2"}),
            "exit 2\n--\nclean.toml: unknown parameter \"limti\"; did you mean \"limit\"?\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limit=1,0,11"}),
            "exit 2\n--\nclean.toml: parameter limit is 0, less than 1\n"
            "clean.toml: parameter limit is 11, more than 10\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limit"}),
            "exit 2\n--\ncellar: submit: --sweep limit: not of the form name=value,value\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limit=1,2", "-p", "limit=3"}),
            "exit 2\n--\ncellar: submit: -p limit=… and --sweep limit=…: give one of them\n");
  EXPECT_FALSE(HasStore());
}

TEST_F(SubmitTest, GivesBackTheRunThatHasTheKey) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--key", "nightly"}),
            "exit 0\n1\n--\nrun 1: clean: queued\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--key", "nightly", "-p", "limit=6"}),
            "exit 0\n1\n--\nrun 1 has the key \"nightly\" already: queued\n");
  EXPECT_EQ(Runs().size(), 1U);
  const std::string refused =
      "exit 2\n--\ncellar: submit: --key names one run: give one FILE, and no --sweep\n";
  EXPECT_EQ(Transcript({"submit", "clean.toml", "skip.toml", "--key", "k"}), refused);
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--sweep", "limit=1", "--key", "k"}), refused);
}

TEST_F(SubmitTest, KeepsPriorityDueTimeAndDependencies) {
  Cellar({"submit", "clean.toml"});
  Cellar({"submit", "clean.toml"});
  const ProgramResult result = Cellar({"submit", "clean.toml", "--priority", "-5", "--at",
                                       "2099-01-02T03:04:05Z", "--after", "1", "last"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const RunRecord run = Runs().at(2);
  EXPECT_EQ(run.priority, -5);
  EXPECT_EQ(run.due.value().time_since_epoch().count(), 4'071'006'245'000);
  EXPECT_EQ(run.after, (std::vector{RunId{1}, RunId{2}}));
}

TEST_F(SubmitTest, StartsAfterAWholeGroup) {
  Cellar({"submit", "clean.toml", "--sweep", "limit=1,2"});
  Cellar({"submit", "--after", "group:1", "clean.toml"});
  EXPECT_EQ(Runs().at(2).after, (std::vector{RunId{1}, RunId{2}}));
}

TEST_F(SubmitTest, RefusesTimesThatHavePassedOrAreNone) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--at", "soon"}),
            "exit 2\n--\ncellar: submit: --at: \"soon\" is no time: give 2026-11-23, \"2026-11-23 "
            "03:30\", 03:30, 2026-11-23T03:30:00Z, or from now: +90m, +2h, +3d\n");
  const ProgramResult past = Cellar({"submit", "clean.toml", "--at", "2001-02-03"});
  EXPECT_EQ(past.exit_code, 2);
  EXPECT_EQ(past.err.rfind("cellar: submit: --at: 2001-02-03 00:00:00 has passed, it is ", 0), 0U)
      << past.err;
  EXPECT_FALSE(HasStore());
}

TEST_F(SubmitTest, RefusesToWaitForARunThatIsNotThere) {
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--after", "last"}),
            "exit 2\n--\ncellar: DIR/cellar.db: there is no run yet\n");
  Cellar({"submit", "clean.toml"});
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--after", "7"}),
            "exit 2\n--\ncellar: there is no run 7: the newest is 1\n");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--after", "group:7"}),
            "exit 2\n--\ncellar: there is no group 7: cellar submit --sweep makes one\n");
  EXPECT_EQ(Transcript({"submit", "--after", "1"}),
            "exit 2\n--\ncellar: submit: FILE is required\n");
  EXPECT_EQ(Runs().size(), 1U);
}

TEST_F(SubmitTest, SaysThatARunEndedAtItsSubmission) {
  Cellar({"submit", "clean.toml"});
  Cellar({"cancel", "1"});
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--after", "1"}),
            "exit 1\n2\n--\nrun 2: clean: cancelled (dependency): run 1 was cancelled (by_user)\n");
  Cellar({"submit", "skip.toml"});
  EXPECT_EQ(Transcript({"submit", "skip.toml"}),
            "exit 75\n4\n--\nrun 4: skip: cancelled (overlap): run 3 of skip is queued\n");
}

TEST_F(SubmitTest, StoresTheGatewayThatWasGiven) {
  Cellar({"submit", "clean.toml", "--gateway", "http://127.0.0.1:1"});
  EXPECT_EQ(Runs().at(0).gateway, "http://127.0.0.1:1");
  EXPECT_EQ(Transcript({"submit", "clean.toml", "--gateway", "lba"}),
            "exit 0\n2\n--\nclean.toml: gateway lba is not configured here: the run waits for a "
            "worker that knows it\nrun 2: clean: queued\n");
}

TEST_F(SubmitTest, TakesAJobFromStandardInput) {
  ProgramSpec spec = Spec({"submit", "-"});
  spec.input = "name = \"piped\"\n[[cell]]\ncode = \"1\"\n";
  EXPECT_EQ(TranscriptOf(RunProgram(spec)), "exit 0\n1\n--\nrun 1: piped: queued\n");
}

}  // namespace
}  // namespace cellar
