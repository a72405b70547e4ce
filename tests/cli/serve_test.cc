// `cellar serve` as a service: what it tells systemd, what it fires, what it logs.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "store/history.h"
#include "store/schedules.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/notify_socket.h"

namespace cellar {
namespace {

class ServeTest : public CliTest {
 protected:
  ServeTest() {
    environment_["CELLAR_GATEWAY"] = gateway_.Address().url;
    environment_["CELLAR_TOKEN"] = kToken;
  }

  /// A schedule whose slot of two hours ago was missed, and is made up for at once.
  void AddDaily() {
    using namespace std::chrono;
    const auto now = floor<milliseconds>(system_clock::now());
    const auto slot = floor<minutes>(now - hours(2));
    const auto of_day = slot - floor<days>(slot);
    NewSchedule schedule;
    schedule.name = "daily";
    schedule.job.name = "daily";
    schedule.job.schedule.emplace();
    schedule.job.schedule->cron =
        fmt::format("{} {} * * *", of_day.count() % 60, of_day.count() / 60);
    schedule.job.cells.emplace_back().source = "print happy";
    schedule.job_file = "/jobs/daily.toml";
    Store store = OpenStore();
    PutSchedule(store, schedule, now - hours(3));
  }

  std::vector<RunRecord> Runs() const { return FindRuns(OpenStore(), RunFilter()); }

  static constexpr char kToken[] = "fake-token";
  FakeGateway gateway_;
};

TEST_F(ServeTest, TellsTheServiceManagerThatItIsReadyAndThatItStops) {
  const std::string path = (folder_ / "notify").string();
  for (const std::string& name : {path, "@" + path}) {
    NotifySocket socket(name);
    environment_["NOTIFY_SOCKET"] = name;
    ChildProcess serve(Spec({"serve", "--no-page"}));
    EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=0 runs running\n");
    serve.Signal(SIGTERM);
    EXPECT_EQ(socket.Receive(), "STOPPING=1\nSTATUS=stopping; 0 runs running\n");
    EXPECT_EQ(serve.Wait().exit_code, 128 + SIGTERM);
  }
}

TEST_F(ServeTest, SaysThatItsLoopTurns) {
  NotifySocket socket("@" + (folder_ / "notify").string());
  environment_["NOTIFY_SOCKET"] = socket.name();
  environment_["WATCHDOG_USEC"] = "200000";
  ChildProcess serve(Spec({"serve", "--no-page"}));
  EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=0 runs running\nWATCHDOG=1\n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(socket.Receive(), "WATCHDOG=1\n");
}

TEST_F(ServeTest, FiresASlotOnceWithTwoAtOnceAndAgainAfterARestart) {
  AddDaily();
  {
    ChildProcess one(Spec({"serve", "--no-page"}));
    ChildProcess other(Spec({"serve", "--no-page"}));
    one.AwaitOutput("taking runs from the queue");
    other.AwaitOutput("taking runs from the queue");
    gateway_.AwaitCells(1);
  }  // both are killed
  ChildProcess next(Spec({"serve", "--no-page"}));
  next.AwaitOutput("taking runs from the queue");
  next.Signal(SIGTERM);
  EXPECT_EQ(next.Wait().err.find("submitted by schedule"), std::string::npos);
  ASSERT_EQ(Runs().size(), 1U);
  EXPECT_EQ(Runs().at(0).job, "daily");
}

TEST_F(ServeTest, NoticesAScheduleThatIsAddedWhileItWorks) {
  ChildProcess serve(Spec({"serve", "--no-page"}));
  serve.AwaitOutput("taking runs from the queue");
  AddDaily();
  serve.AwaitOutput("run 1: daily: succeeded");
  const ProgramResult list = Cellar({"schedule", "list"});
  EXPECT_NE(list.out.find("run 1 succeeded\n"), std::string::npos) << list.out;
}

TEST_F(ServeTest, SaysInItsStatusWhatComesNext) {
  AddDaily();
  NotifySocket socket("@" + (folder_ / "notify").string());
  environment_["NOTIFY_SOCKET"] = socket.name();
  const ChildProcess serve(Spec({"serve", "--no-page"}));
  const std::string status = socket.Receive();
  EXPECT_NE(status.find("; next by schedule: daily at 20"), std::string::npos) << status;
  EXPECT_EQ(status.substr(status.size() - 4), ":00\n") << status;
}

TEST_F(ServeTest, LogsOneObjectALineForPrograms) {
  AddDaily();
  ChildProcess serve(Spec({"serve", "--no-page", "--log-format", "json", "-v"}));
  serve.AwaitOutput("\"run_ended\"");
  serve.Signal(SIGTERM);
  const std::string err = serve.Wait().err;
  std::istringstream lines(err);
  std::string events;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("cellar: ", 0) == 0) continue;  // -v: the configuration, before it is a service
    const auto event = nlohmann::json::parse(line);
    EXPECT_EQ(event.at("time").get<std::string>().size(), 24U) << line;
    EXPECT_EQ(event.at("level"), "info") << line;
    events += event.at("event").get<std::string>() + " " + event.value("job", "") + " " +
              std::to_string(event.value("run", 0)) + "\n";
    if (event.at("event") == "slot_fired") {
      EXPECT_EQ(event.at("slot").get<std::string>().substr(16), ":00.000Z");
    }
    if (event.at("event") == "run_ended") {
      EXPECT_EQ(event.at("state"), "succeeded");
    }
  }
  EXPECT_EQ(events,
            "slot_fired daily 1\nready  0\nrun_started daily 1\ncell_ended  1\n"
            "run_ended daily 1\nstopping  0\n");
  EXPECT_EQ(err.find(kToken), std::string::npos);
}

TEST_F(ServeTest, LogsTimesForPeopleAndLevelsForTheJournal) {
  ProgramSpec spec = Spec({"serve", "--no-page"});
  {
    ChildProcess serve(spec);
    serve.AwaitOutput("Z info    taking runs from the queue\n");
  }
  const std::string program = spec.arguments.at(0);
  spec.arguments = {"/bin/sh", "-c",
                    "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec \"$0\" serve",
                    program};
  ChildProcess serve(spec);
  serve.AwaitOutput("<6>taking runs from the queue\n");
  environment_["JOURNAL_STREAM"] = "1:2";  // inherited, but the output goes elsewhere
  ChildProcess elsewhere(Spec({"serve", "--no-page"}));
  elsewhere.AwaitOutput("Z info    taking runs from the queue\n");
}

TEST_F(ServeTest, WorksOnWhenNobodyReadsItsLog) {
  NotifySocket socket("@" + (folder_ / "notify").string());
  environment_["NOTIFY_SOCKET"] = socket.name();
  ProgramSpec spec = Spec({"serve", "--no-page"});
  const std::string program = spec.arguments.at(0);
  spec.arguments = {"/bin/sh", "-c", "exec \"$0\" serve --no-page 2>/dev/full", program};
  const ChildProcess serve(spec);
  socket.ReceiveUntil("READY=1");
  AddDaily();
  gateway_.AwaitCells(1);
  EXPECT_TRUE(serve.running());
}

TEST_F(ServeTest, SaysInItsLogWhyItCannotWork) {
  folder_.Write("notes.db", "these are notes");
  const ProgramResult result = Cellar({"serve", "--store", "notes.db", "--log-format", "json"});
  EXPECT_EQ(result.exit_code, 4);
  const auto event = nlohmann::json::parse(result.err);
  EXPECT_EQ(event.at("level"), "error");
  EXPECT_EQ(event.at("event"), "failed");
  EXPECT_EQ(event.at("message").get<std::string>().rfind("store notes.db: ", 0), 0U) << event;
}

TEST_F(ServeTest, RefusesALogFormatThatItDoesNotKnow) {
  const ProgramResult result = Cellar({"serve", "--log-format", "xml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--log-format"), std::string::npos) << result.err;
  EXPECT_EQ(Transcript({"serve", "--drain"})
                .rfind("exit 2\n--\ncellar: serve: unknown option --drain: ", 0),
            0U);
}

}  // namespace
}  // namespace cellar
