// What is fired when, as a line a turn: "12:10 nightly | next 12:20".
#include "runner/schedule_agenda.h"

#include <gtest/gtest.h>

#include <set>

#include "runner/review/times.h"

namespace cellar {
namespace {

using namespace std::chrono_literals;

TimePoint AgendaTime(const std::string& time) {
  return ParseMoment("2026-11-24T" + time + "Z", {}).value();
}

std::string TimeOf(TimePoint moment) { return FormatUtc(moment).substr(11, 5); }

ScheduleClock Every10Minutes(const std::string& name = "nightly") {
  ScheduleClock clock;
  clock.id = ScheduleId{static_cast<std::int64_t>(name.size())};
  clock.name = name;
  clock.times.cron = "*/10 * * * *";
  clock.active_since = AgendaTime("12:05:00");
  return clock;
}

/// The agenda, and a store that takes each slot once.
class ScheduleAgendaTest : public testing::Test {
 protected:
  std::string Turn(const std::string& now) {
    std::vector<ScheduleClock> seen = clocks_;
    for (ScheduleClock& clock : seen) clock.last_slot = LastOf(clock.id, AgendaTime(now));
    const AgendaTurn turn = agenda_.Take(seen, AgendaTime(now));
    std::string text;
    for (const ScheduledSlot& due : turn.fire) {
      const bool is_new = taken_.emplace(due.schedule, due.slot.at).second;
      text += TimeOf(due.slot.at) + " " + due.name + (is_new ? "" : " again") + ", ";
    }
    for (const std::string& note : turn.notes) text += note + ", ";
    if (!turn.coming) return text + "nothing comes";
    return text + "next " + TimeOf(turn.coming->slot.due);
  }

  std::optional<TimePoint> LastOf(ScheduleId schedule, TimePoint now) const {
    std::optional<TimePoint> last;
    for (const auto& [id, slot] : taken_) {
      if (id == schedule && slot <= now) last = slot;
    }
    return last;
  }

  void Restart() { agenda_ = ScheduleAgenda(); }

  std::vector<ScheduleClock> clocks_ = {Every10Minutes()};
  std::set<std::pair<ScheduleId, TimePoint>> taken_;
  ScheduleAgenda agenda_;
};

TEST_F(ScheduleAgendaTest, FiresEachSlotOnceWhenItIsDue) {
  EXPECT_EQ(Turn("12:05:00"), "next 12:10");
  EXPECT_EQ(Turn("12:09:59"), "next 12:10");
  EXPECT_EQ(Turn("12:10:00"), "12:10 nightly, next 12:20");
  EXPECT_EQ(Turn("12:10:01"), "next 12:20");
  Restart();
  EXPECT_EQ(Turn("12:10:02"), "next 12:20");
}

TEST_F(ScheduleAgendaTest, FiresSchedulesInTheOrderOfTheirSlots) {
  clocks_.push_back(Every10Minutes("hourly"));
  clocks_.back().times.cron = "0 * * * *";
  clocks_.front().times.catch_up = CatchUp::kAll;
  EXPECT_EQ(Turn("12:05:00"), "next 12:10");
  EXPECT_EQ(Turn("13:11:00"),
            "12:10 nightly, 12:20 nightly, 12:30 nightly, 12:40 nightly, 12:50 nightly, "
            "13:00 nightly, 13:00 hourly, 13:10 nightly, next 13:20");
}

TEST_F(ScheduleAgendaTest, MakesUpForARestartAsTheScheduleSays) {
  const std::string missed = "schedule nightly: 2 missed slots are left out (catch_up = \"";
  EXPECT_EQ(Turn("12:35:00"), "12:30 nightly, " + missed + "latest\"), next 12:40");
  Restart();
  clocks_.front().times.catch_up = CatchUp::kNone;
  EXPECT_EQ(Turn("12:55:00"), missed + "none\"), next 13:00");
  EXPECT_EQ(Turn("12:55:01"), "next 13:00");  // said once
  Restart();
  EXPECT_EQ(Turn("13:01:00"), "13:00 nightly, " + missed + "none\"), next 13:10");
}

TEST_F(ScheduleAgendaTest, FiresTheLatestSlotAfterTheClockJumpedForward) {
  EXPECT_EQ(Turn("12:10:00"), "12:10 nightly, next 12:20");
  EXPECT_EQ(
      Turn("14:45:00"),
      "14:40 nightly, schedule nightly: 14 missed slots are left out (catch_up = \"latest\"), "
      "next 14:50");
}

TEST_F(ScheduleAgendaTest, FiresNothingTwiceAndGoesOnAfterTheClockJumpedBack) {
  EXPECT_EQ(Turn("12:10:00"), "12:10 nightly, next 12:20");
  EXPECT_EQ(Turn("12:20:00"), "12:20 nightly, next 12:30");
  EXPECT_EQ(Turn("12:12:00"), "next 12:20");
  EXPECT_EQ(Turn("12:20:00"), "next 12:30");
  EXPECT_EQ(Turn("12:30:00"), "12:30 nightly, next 12:40");
}

TEST_F(ScheduleAgendaTest, IsNotStoppedBySlotsThatWereFiredWhileTheClockWasWrong) {
  EXPECT_EQ(Turn("12:10:00"), "12:10 nightly, next 12:20");
  Turn("23:50:00");
  EXPECT_EQ(Turn("12:11:00"), "next 12:20");
  EXPECT_EQ(Turn("12:20:00"), "12:20 nightly, next 12:30");
  Restart();
  EXPECT_EQ(Turn("12:30:00"), "12:30 nightly, next 12:40");
}

TEST_F(ScheduleAgendaTest, IsNotStoppedByAScheduleThatWasAddedWhileTheClockWasWrong) {
  clocks_.front().active_since = AgendaTime("23:00:00");
  EXPECT_EQ(Turn("12:11:00"), "next 12:20");
  EXPECT_EQ(Turn("12:19:00"), "next 12:20");
  EXPECT_EQ(Turn("12:20:00"), "12:20 nightly, next 12:30");
}

TEST_F(ScheduleAgendaTest, FiresNothingWhileItIsPausedAndMakesUpForNothing) {
  clocks_.front().times.catch_up = CatchUp::kAll;
  EXPECT_EQ(Turn("12:06:00"), "next 12:10");
  clocks_.front().paused = true;
  EXPECT_EQ(Turn("12:15:00"), "nothing comes");
  clocks_.front().paused = false;
  clocks_.front().active_since = AgendaTime("12:25:00");
  EXPECT_EQ(Turn("12:25:00"), "next 12:30");
  EXPECT_EQ(Turn("12:30:00"), "12:30 nightly, next 12:40");
}

TEST_F(ScheduleAgendaTest, TakesOtherTimesAtOnce) {
  EXPECT_EQ(Turn("12:06:00"), "next 12:10");
  clocks_.front().times.cron = "8 * * * *";
  EXPECT_EQ(Turn("12:07:00"), "next 12:08");
  clocks_.clear();
  EXPECT_EQ(Turn("12:08:00"), "nothing comes");
}

TEST_F(ScheduleAgendaTest, WaitsForTheJitter) {
  clocks_.front().times.jitter = 5min;
  const TimePoint due =
      ScheduleTimes(clocks_.front().times, "nightly").Next(AgendaTime("12:05:00"))->due;
  ASSERT_GT(due, AgendaTime("12:10:00"));
  EXPECT_EQ(Turn("12:10:00"), "next " + TimeOf(due));
  clocks_.front().last_slot = std::nullopt;
  EXPECT_EQ(agenda_.Take(clocks_, due - 1ms).fire, std::vector<ScheduledSlot>());
  EXPECT_EQ(agenda_.Take(clocks_, due).fire.size(), 1U);
}

TEST_F(ScheduleAgendaTest, SaysOnceThatASchedulesTimesCannotBeRead) {
  clocks_.front().times.timezone = "Europe/Atlantis";
  clocks_.push_back(Every10Minutes("hourly"));
  const std::string said = Turn("12:10:00");
  EXPECT_EQ(said.find("12:10 hourly, schedule nightly cannot fire: there is no time zone "
                      "\"Europe/Atlantis\""),
            0U)
      << said;
  EXPECT_EQ(Turn("12:20:00"), "12:20 hourly, next 12:30");
}

TEST(NextFiringTest, IsNeverInThePast) {
  ScheduleRecord record;
  record.schedule.name = "nightly";
  record.schedule.job.schedule = Every10Minutes().times;
  record.active_since = AgendaTime("12:05:00");
  EXPECT_EQ(NextFiring(record, AgendaTime("12:06:00")), AgendaTime("12:10:00"));
  EXPECT_EQ(NextFiring(record, AgendaTime("15:00:01")), AgendaTime("15:10:00"));
  record.last_slot = AgendaTime("12:10:00");
  EXPECT_EQ(NextFiring(record, AgendaTime("12:10:00")), AgendaTime("12:20:00"));
  record.last_slot = AgendaTime("23:50:00");  // fired while the clock was wrong
  EXPECT_EQ(NextFiring(record, AgendaTime("12:11:00")), AgendaTime("12:20:00"));
  record.paused = true;
  EXPECT_EQ(NextFiring(record, AgendaTime("12:11:00")), std::nullopt);
}

}  // namespace
}  // namespace cellar
