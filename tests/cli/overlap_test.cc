// `run` while the same job is running: [concurrency] in the job file, --if-running for cron.
#include <gmock/gmock.h>

#include <csignal>

#include "store/history.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/fake_gateway.h"

namespace cellar {
namespace {

class OverlapTest : public CliTest {
 protected:
  OverlapTest() {
    environment_["CELLAR_GATEWAY"] = gateway_.Address().url;
    environment_["CELLAR_TOKEN"] = gateway_.Address().token;
    folder_.Write("job.toml", "[[cell]]\ncode = \"wait gate\"\n");
  }

  std::string StateOf(std::int64_t run) const {
    const RunRecord record = FindRun(OpenStore(), RunId{run}).value();
    return std::string(ToWord(record.state)) +
           (record.reason ? " " + std::string(ToWord(*record.reason)) : "");
  }

  FakeGateway gateway_;
};

TEST_F(OverlapTest, SkipsARunForCron) {
  ChildProcess first(Spec({"run", "job.toml", "--if-running", "skip"}));
  gateway_.AwaitCells(1);
  const ProgramResult second = Cellar({"run", "job.toml", "--if-running", "skip"});
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_THAT(second.err, testing::HasSubstr("run 1 of job is running\n"));
  EXPECT_EQ(StateOf(2), "cancelled overlap");
  gateway_.Open("gate");
  EXPECT_EQ(first.Wait().exit_code, 0);
  EXPECT_EQ(Cellar({"run", "job.toml", "--if-running", "skip"}).exit_code, 0);
}

TEST_F(OverlapTest, SeesARunThatSomebodyStartedByHand) {
  ChildProcess by_hand(Spec({"run", "job.toml"}));
  gateway_.AwaitCells(1);
  EXPECT_EQ(Cellar({"run", "job.toml", "--if-running", "skip"}).exit_code, 75);
  ChildProcess waiting(Spec({"run", "job.toml", "--if-running", "queue"}));
  waiting.AwaitOutput("run 3 waits: run 1 of job is running\n");
  gateway_.Open("gate");
  EXPECT_EQ(Cellar({"run", "job.toml"}).exit_code, 0);  // waits for nobody
  EXPECT_EQ(by_hand.Wait().exit_code, 0);
  EXPECT_EQ(waiting.Wait().exit_code, 0);
}

TEST_F(OverlapTest, FailsWhereThatIsWanted) {
  ChildProcess first(Spec({"run", "job.toml", "--if-running", "fail"}));
  gateway_.AwaitCells(1);
  EXPECT_EQ(Cellar({"run", "job.toml", "--if-running", "fail"}).exit_code, 1);
  gateway_.Open("gate");
  EXPECT_EQ(first.Wait().exit_code, 0);
}

TEST_F(OverlapTest, WaitsForTheOtherRunToEnd) {
  ChildProcess first(Spec({"run", "job.toml", "--if-running", "queue"}));
  gateway_.AwaitCells(1);
  ChildProcess second(Spec({"run", "job.toml", "--if-running", "queue"}));
  second.AwaitOutput("run 2 waits: run 1 of job is running\n");
  gateway_.Open("gate");
  EXPECT_EQ(first.Wait().exit_code, 0);
  EXPECT_EQ(second.Wait().exit_code, 0);
  EXPECT_EQ(StateOf(2), "succeeded");
}

TEST_F(OverlapTest, TakesThePlaceOfTheOtherRun) {
  ChildProcess first(Spec({"run", "job.toml", "--if-running", "replace"}));
  gateway_.AwaitCells(1);
  ChildProcess second(Spec({"run", "job.toml", "--if-running", "replace"}));
  EXPECT_EQ(first.Wait().exit_code, 75);
  EXPECT_EQ(StateOf(1), "cancelled overlap");
  gateway_.Open("gate");
  EXPECT_EQ(second.Wait().exit_code, 0);
}

TEST_F(OverlapTest, KeepsToWhatTheJobSays) {
  folder_.Write("one.toml", "[concurrency]\n[[cell]]\ncode = \"wait gate\"\n");
  ChildProcess first(Spec({"run", "one.toml"}));
  gateway_.AwaitCells(1);
  ChildProcess second(Spec({"run", "one.toml"}));
  second.AwaitOutput("run 2 waits: run 1 of one is running\n");
  EXPECT_EQ(Cellar({"cancel", "2"}).exit_code, 0);
  EXPECT_EQ(second.Wait().exit_code, 1);
  EXPECT_EQ(StateOf(2), "cancelled by_user");
  ChildProcess third(Spec({"run", "one.toml"}));
  third.AwaitOutput("run 3 waits");
  third.Signal(SIGTERM);
  EXPECT_EQ(third.Wait().exit_code, 143);
  EXPECT_EQ(StateOf(3), "cancelled by_user");
  gateway_.Open("gate");
  EXPECT_EQ(first.Wait().exit_code, 0);
}

TEST_F(OverlapTest, GoesOnWhenTheOtherProcessIsKilled) {
  ChildProcess first(Spec({"run", "job.toml", "--if-running", "queue"}));
  gateway_.AwaitCells(1);
  ChildProcess second(Spec({"run", "job.toml", "--if-running", "queue"}));
  second.AwaitOutput("run 2 waits");
  first.Signal(SIGKILL);
  gateway_.Open("gate");
  EXPECT_EQ(second.Wait().exit_code, 0);
  EXPECT_EQ(StateOf(1), "failed interrupted");
}

TEST_F(OverlapTest, RefusesAPolicyThatIsNone) {
  EXPECT_EQ(Transcript({"run", "job.toml", "--if-running", "skp"}),
            "exit 2\n--\ncellar: run: --if-running: there is no \"skp\": did you mean \"skip\"?\n");
}

}  // namespace
}  // namespace cellar
