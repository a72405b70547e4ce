// `cellar schedule`: what somebody sees who lets jobs be submitted by the clock.
#include <nlohmann/json.hpp>

#include "store/run_control.h"
#include "store/schedules.h"
#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class ScheduleCommandTest : public CliTest {
 protected:
  ScheduleCommandTest() {
    folder_.Write("yearly.toml", Job("0 3 31 12 *"));
    folder_.Write("leap.toml", Job("0 0 29 2 *"));
    folder_.Write("plain.toml", "[[cell]]\ncode = '1'\n");
  }

  static std::string Job(const std::string& cron, const std::string& more = "") {
    return "[parameters]\nlimit = 1\n[schedule]\ncron = '" + cron + "'\n" + more +
           "[[cell]]\ncode = 'limit'\n";
  }

  /// The transcript with times as TIME.
  std::string Said(const std::vector<std::string>& arguments) const {
    std::string text = Transcript(arguments);
    for (std::size_t at = text.find("20"); at != std::string::npos; at = text.find("20", at + 1)) {
      const bool is_time = at + 19 <= text.size() && text[at + 4] == '-' && text[at + 7] == '-';
      if (is_time) text.replace(at, 19, "TIME");
    }
    return text;
  }
};

TEST_F(ScheduleCommandTest, AddsListsPausesResumesAndRemoves) {
  EXPECT_EQ(Said({"schedule", "add", "yearly.toml", "leap.toml"}),
            "exit 0\nschedule yearly: added, next TIME\nschedule leap: added, next TIME\n");
  EXPECT_EQ(Said({"schedule", "pause", "leap"}), "exit 0\nschedule leap: paused\n");
  EXPECT_EQ(Said({"schedule", "add", "leap.toml"}),
            "exit 0\nschedule leap: replaced, still paused\n");
  EXPECT_EQ(Said({"schedule", "list"}),
            "exit 0\n"
            "leap  0 0 29 2 *  UTC\n  job file  DIR/leap.toml\n  last      never\n"
            "  next      paused\n"
            "yearly  0 3 31 12 *  UTC\n  job file  DIR/yearly.toml\n  last      never\n"
            "  next      TIME\n");
  EXPECT_EQ(Said({"schedule", "resume", "leap"}), "exit 0\nschedule leap: resumed\n");
  EXPECT_EQ(Said({"schedule", "remove", "yearly.toml", "leap"}),
            "exit 0\nschedule yearly: removed\nschedule leap: removed\n");
  EXPECT_EQ(Said({"schedule", "list"}), "exit 0\n--\nthere are no schedules\n");
}

TEST_F(ScheduleCommandTest, KeepsTheValuesThatWereGiven) {
  Cellar({"schedule", "add", "yearly.toml", "-p", "limit=7"});
  const Store store = OpenStore();
  EXPECT_EQ(FindSchedules(store).at(0).schedule.job.parameters.at(0).value, Value(7));
  EXPECT_EQ(Said({"schedule", "add", "yearly.toml", "-p", "limt=7"}),
            "exit 2\n--\nyearly.toml: unknown parameter \"limt\"; did you mean \"limit\"?\n");
}

TEST_F(ScheduleCommandTest, KeepsTheGatewayThatWasGiven) {
  folder_.Write("cellar.toml", "[gateway.lab]\nurl = \"http://127.0.0.1:1\"\n");
  EXPECT_EQ(Said({"schedule", "add", "yearly.toml", "--gateway", "lab"}),
            "exit 0\nschedule yearly: added, next TIME\n");
  EXPECT_EQ(Said({"schedule", "add", "leap.toml", "--gateway", "lba"}),
            "exit 0\nschedule leap: added, next TIME\n--\nleap.toml: gateway lba is not configured "
            "here: the run waits for a worker that knows it\n");
  const Store store = OpenStore();
  EXPECT_EQ(FindSchedules(store).at(0).schedule.job.gateway, "lba");
  EXPECT_EQ(FindSchedules(store).at(1).schedule.job.gateway, "lab");
}

TEST_F(ScheduleCommandTest, TellsResultsAndTheRunThatWaits) {
  Cellar({"schedule", "add", "yearly.toml"});
  Store store = OpenStore();
  const ScheduleRecord schedule = FindSchedules(store).at(0);
  NewRun run;
  run.job = schedule.schedule.job;
  SubmitSlot(store, schedule.id, StoreTime(), run, StoreTime());
  CancelRun(store, RunId{1}, StoreTime());
  SubmitSlot(store, schedule.id, StoreTime(60'000), run, StoreTime());
  const std::string list = Transcript({"schedule", "list"});
  EXPECT_EQ(list.substr(0, list.find("  next ")),
            "exit 0\nyearly  0 3 31 12 *  UTC\n  job file  DIR/yearly.toml\n"
            "  last      2026-11-23 02:00:00  run 1 cancelled: by_user\n"
            "  waiting   2026-11-23 02:01:00  run 2 queued\n");
  const auto json = nlohmann::json::parse(Cellar({"schedule", "list", "--json"}).out);
  EXPECT_EQ(json.at("schema_version"), 1);
  const auto& item = json.at("schedules").at(0);
  EXPECT_EQ(item.at("name"), "yearly");
  EXPECT_EQ(item.at("cron"), "0 3 31 12 *");
  EXPECT_EQ(item.at("last").dump(),
            R"({"at":"2026-11-23T02:00:00.000Z","reason":"by_user","run":1,"state":"cancelled"})");
  EXPECT_EQ(item.at("waiting").at("run"), 2);
  EXPECT_EQ(item.at("next_at").get<std::string>().substr(4), "-12-31T03:00:00.000Z");
}

TEST_F(ScheduleCommandTest, AddsNothingUnlessAllFilesAreSound) {
  folder_.Write("atlantis.toml", Job("@daily", "timezone = 'Europe/Berlim'\n"));
  folder_.Write("other/yearly.toml", Job("@yearly"));
  EXPECT_EQ(
      Said({"schedule", "add", "yearly.toml", "plain.toml", "atlantis.toml", "other/yearly.toml",
            "gone.toml"}),
      "exit 2\n--\n"
      "plain.toml: it has no [schedule]; say when, with cron = \"0 3 * * *\" in a table "
      "[schedule]\n"
      "atlantis.toml: [schedule]: timezone: there is no time zone \"Europe/Berlim\"; did you "
      "mean \"Europe/Berlin\"?\n"
      "other/yearly.toml: its job is named yearly, as that of yearly.toml: a schedule has the "
      "name of its job, so give one of them another\n"
      "gone.toml: No such file or directory\n");
  EXPECT_EQ(Cellar({"schedule", "list"}).exit_code, 4);  // not even a store was made
}

TEST_F(ScheduleCommandTest, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(Said({"schedule", "pause", "yearly"}),
            "exit 2\n--\ncellar: there is no schedule \"yearly\", nor any other: `cellar schedule "
            "add FILE` makes one of a job file with a [schedule]\n");
  Cellar({"schedule", "add", "yearly.toml"});
  EXPECT_EQ(Said({"schedule", "remove", "yearly", "yaerly"}),
            "exit 2\n--\ncellar: there is no schedule \"yaerly\": did you mean \"yearly\"?\n");
  EXPECT_EQ(Said({"schedule", "pause", "yearly"}), "exit 0\nschedule yearly: paused\n");
}

TEST_F(ScheduleCommandTest, ExplainsItsWords) {
  EXPECT_EQ(Transcript({"schedule", "ad", "yearly.toml"}),
            "exit 2\n--\ncellar: schedule: unknown word \"ad\": did you mean \"add\"?\n");
  EXPECT_EQ(Transcript({"schedule", "frobnicate"}),
            "exit 2\n--\ncellar: schedule: unknown word \"frobnicate\": known words: add, list, "
            "pause, resume, remove\n");
  EXPECT_EQ(Cellar({"schedule", "add", "--help"}).exit_code, 0);
  EXPECT_EQ(Transcript({"schedule", "add", "yearly.toml", "--jsno"}),
            "exit 2\n--\ncellar: schedule: unknown option --jsno: did you mean --json?\n");
}

}  // namespace
}  // namespace cellar
