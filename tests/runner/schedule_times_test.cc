#include "runner/schedule_times.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "jobs/error.h"
#include "runner/review/times.h"
#include "tests/jobs/arbitrary_cron.h"

namespace cellar {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::local_time;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Schedule ScheduleOf(const std::string& cron, const std::string& timezone = "UTC") {
  Schedule schedule;
  schedule.cron = cron;
  schedule.timezone = timezone;
  return schedule;
}

TimePoint At(const std::string& moment) { return ParseMoment(moment, TimePoint()).value(); }

// Without seconds where there are none: "03-29 01:00".
std::string ShownTimes(TimePoint moment) {
  const std::string utc = FormatUtc(moment);
  const bool is_whole = utc.ends_with(":00.000Z");
  return utc.substr(5, 5) + " " + utc.substr(11, is_whole ? 5 : 12);
}

std::string ShownTimes(const std::vector<Slot>& slots) {
  std::string shown;
  for (const Slot& slot : slots) shown += (shown.empty() ? "" : ", ") + ShownTimes(slot.at);
  return shown;
}

// The first slots after a moment, in UTC.
std::string SlotsOf(const std::string& cron, const std::string& timezone, const std::string& after,
                    std::size_t count) {
  const ScheduleTimes times(ScheduleOf(cron, timezone), "nightly");
  return ShownTimes(times.Between(At(after), TimePoint::max(), count));
}

TEST(ScheduleTimesTest, AreThoseOfTheZonesClocks) {
  EXPECT_EQ(SlotsOf("0 3 * * *", "UTC", "2026-11-24T03:00:00Z", 2), "11-25 03:00, 11-26 03:00");
  EXPECT_EQ(SlotsOf("0 3 * * *", "Europe/Berlin", "2026-11-24T01:59:59.999Z", 2),
            "11-24 02:00, 11-25 02:00");
  EXPECT_EQ(SlotsOf("30 9 * * mon-fri", "Asia/Kolkata", "2026-11-27T00:00:00Z", 3),
            "11-27 04:00, 11-30 04:00, 12-01 04:00");
  EXPECT_EQ(SlotsOf("* * 29 2 *", "Europe/Berlin", "2026-11-27T00:00:00Z", 1), "02-28 23:00");
}

// In Berlin the clocks go from 02:00 to 03:00 on 29 March 2026 at 01:00 UTC, and from 03:00 back to
// 02:00 on 25 October at 01:00 UTC.

TEST(ScheduleTimesTest, FireATimeThatIsLeftOutWhenTheClockIsPutForward) {
  EXPECT_EQ(SlotsOf("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 4),
            "03-28 01:30, 03-29 01:00, 03-30 00:30, 03-31 00:30");
  EXPECT_EQ(SlotsOf("*/20 2-3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 4),
            "03-29 01:00, 03-29 01:20, 03-29 01:40, 03-30 00:00");
  EXPECT_EQ(SlotsOf("0 */2 * * *", "Europe/Berlin", "2026-03-28T22:00:00Z", 3),
            "03-28 23:00, 03-29 01:00, 03-29 02:00");
}

TEST(ScheduleTimesTest, FireATimeThatComesTwiceOnce) {
  EXPECT_EQ(SlotsOf("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            "10-25 00:30, 10-26 01:30");
  EXPECT_EQ(SlotsOf("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1), "10-26 01:30");
  EXPECT_EQ(SlotsOf("*/30 1-3 * * *", "Europe/Berlin", "2026-10-24T22:59:00Z", 7),
            "10-24 23:00, 10-24 23:30, 10-25 00:00, 10-25 00:30, 10-25 02:00, 10-25 02:30, "
            "10-26 00:00");
}

TEST(ScheduleTimesTest, FireEveryRealHourWhereEveryHourIsAllowed) {
  EXPECT_EQ(SlotsOf("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3),
            "03-29 00:30, 03-29 01:30, 03-29 02:30");
  EXPECT_EQ(SlotsOf("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3),
            "10-25 00:30, 10-25 01:30, 10-25 02:30");
  EXPECT_EQ(SlotsOf("15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", 3),
            "04-04 14:15, 04-04 15:45, 04-04 16:45");
}

TEST(ScheduleTimesTest, KnowOtherZonesChanges) {
  // Half an hour, at 02:00 of 4 October; back at 02:00 of 5 April.
  EXPECT_EQ(SlotsOf("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T16:00:00Z", 2),
            "10-03 15:30, 10-04 15:15");
  EXPECT_EQ(SlotsOf("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T15:00:00Z", 2),
            "04-04 14:45, 04-05 15:15");
  // At midnight.
  EXPECT_EQ(SlotsOf("0 0 * * *", "America/Santiago", "2026-09-05T05:00:00Z", 2),
            "09-06 04:00, 09-07 03:00");
  // 30 December 2011 did not take place.
  EXPECT_EQ(SlotsOf("0 3 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
            "12-29 13:00, 12-30 10:00, 12-30 13:00");
}

TEST(ScheduleTimesTest, EndWithTheCalendar) {
  const ScheduleTimes times(ScheduleOf("* * * * *"), "nightly");
  EXPECT_EQ(times.Next(TimePoint::max()), std::nullopt);
  EXPECT_EQ(times.Next(At("9999-12-31T00:00:00Z")), std::nullopt);
  EXPECT_TRUE(times.Next(At("9999-12-30T00:00:00Z")).has_value());
}

TEST(ScheduleTimesTest, RefuseWhatIsNoSchedule) {
  EXPECT_THROW(ScheduleTimes(ScheduleOf("0 3 * *"), ""), Error);
  EXPECT_THROW(ScheduleTimes(ScheduleOf("0 3 * * *", "Europe/Nowhere"), ""), Error);
}

// --- Against all minutes, tried one by one

std::string AnyZone() {
  return *rc::gen::element<std::string>("UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York",
                                        "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia",
                                        "Africa/Casablanca", "Asia/Kathmandu", "Antarctica/Troll",
                                        "America/St_Johns", "Pacific/Kwajalein");
}

// A moment near one at which the zone's clocks are changed, or any.
sys_seconds AnyMoment(const TimeZone& zone) {
  const sys_seconds any(seconds(*rc::gen::inRange<std::int64_t>(0, 2'145'000'000)));
  const sys_seconds change = zone.PeriodAt(any).end;
  const seconds away(*rc::gen::inRange(-100'000, 10'000));
  return change < sys_seconds(2'145'000'000s) ? change + away : any;
}

std::optional<TimePoint> NextByTrying(const CronExpression& cron, const TimeZone& zone,
                                      sys_seconds after, sys_seconds until) {
  std::set<sys_seconds> moments;
  if (cron.every_hour()) {
    for (sys_seconds moment = std::chrono::ceil<minutes>(after); moment <= until; moment += 1min) {
      const seconds shown = moment.time_since_epoch() + zone.PeriodAt(moment).offset;
      if (cron.Matches(std::chrono::floor<minutes>(local_time<seconds>(shown)))) {
        moments.insert(moment);
      }
    }
  } else {
    const local_time<seconds> around(after.time_since_epoch());
    for (auto minute = std::chrono::floor<minutes>(around - days(2)); minute < around + days(5);
         minute += 1min) {
      if (cron.Matches(minute)) moments.insert(zone.MomentOf(minute));
    }
  }
  const auto found = moments.upper_bound(after);
  if (found == moments.end() || *found > until) return std::nullopt;
  return *found;
}

RC_GTEST_PROP(ScheduleTimesTest, MissNoneAndInventNone, ()) {
  std::mt19937 random(*rc::gen::arbitrary<unsigned>());
  const std::string text = AnyCron(&random);
  const auto parsed = CronExpression::Parse(text);
  RC_PRE(std::holds_alternative<CronExpression>(parsed));
  const std::string zone_name = AnyZone();
  const TimeZone zone(zone_name);
  const sys_seconds after = AnyMoment(zone);
  RC_LOG() << text << " in " << zone_name << " after " << FormatUtc(after) << "\n";
  const ScheduleTimes times(ScheduleOf(text, zone_name), "nightly");
  const sys_seconds until = after + days(2);
  const std::vector<Slot> slots = times.Between(after, until, 1);
  const auto expected = NextByTrying(std::get<CronExpression>(parsed), zone, after, until);
  RC_ASSERT((slots.empty() ? std::nullopt : std::optional(slots[0].at)) == expected);
}

// --- Jitter

TEST(ScheduleTimesTest, PutSlotsOffBySomeOfTheJitter) {
  Schedule schedule = ScheduleOf("0 3 * * *");
  schedule.jitter = 2min;
  const ScheduleTimes times(schedule, "nightly");
  std::set<milliseconds> delays;
  for (const Slot& slot : times.Between(At("2026-01-01"), TimePoint::max(), 100)) {
    EXPECT_EQ(times.Next(slot.at - 1ms), slot);
    delays.insert(slot.due - slot.at);
  }
  EXPECT_GT(delays.size(), 95u);
  EXPECT_LT(*delays.begin(), 10s);
  EXPECT_GT(*delays.rbegin(), 110s);
  EXPECT_LE(*delays.rbegin(), 2min);
}

TEST(ScheduleTimesTest, PutSlotsOffAlikeInEveryWorkerAndVersion) {
  Schedule schedule = ScheduleOf("0 3 * * *");
  schedule.jitter = 2min;
  const TimePoint after = At("2026-11-24T00:00:00Z");
  EXPECT_EQ(ShownTimes(ScheduleTimes(schedule, "nightly").Next(after)->due), "11-24 03:00:36.769");
  EXPECT_EQ(ShownTimes(ScheduleTimes(schedule, "weekly").Next(after)->due), "11-24 03:00:49.806");
}

TEST(ScheduleTimesTest, PutNoSlotOffToTheNextOne) {
  Schedule schedule = ScheduleOf("*/5 * * * *");
  schedule.jitter = 24h;
  const ScheduleTimes times(schedule, "nightly");
  const auto slots = times.Between(At("2026-01-01"), TimePoint::max(), 1000);
  for (std::size_t i = 0; i + 1 < slots.size(); ++i) EXPECT_LT(slots[i].due, slots[i + 1].at);
}

// --- Catching up

// What is due every 10 minutes at a time of 2026-11-24 when `last` was fired; then how many are
// passed over.
std::string DueOf(CatchUp catch_up, const std::string& last, const std::string& now) {
  Schedule schedule = ScheduleOf("*/10 * * * *");
  schedule.catch_up = catch_up;
  const DueSlots due = ScheduleTimes(schedule, "nightly")
                           .Due(At("2026-11-24T" + last + "Z"), At("2026-11-24T" + now + "Z"));
  return ShownTimes(due.fire) + " -" + std::to_string(due.passed_over);
}

TEST(ScheduleTimesTest, AreDueOnce) {
  for (const CatchUp catch_up : {CatchUp::kLatest, CatchUp::kAll, CatchUp::kNone}) {
    EXPECT_EQ(DueOf(catch_up, "12:00:00", "12:09:59"), " -0");
    EXPECT_EQ(DueOf(catch_up, "12:00:00", "12:10:00"), "11-24 12:10 -0");
    EXPECT_EQ(DueOf(catch_up, "12:10:00", "12:10:00"), " -0");
    EXPECT_EQ(DueOf(catch_up, "12:30:00", "12:10:00"), " -0");  // the clock was put back
  }
}

TEST(ScheduleTimesTest, CatchUpAsTheScheduleSays) {
  EXPECT_EQ(DueOf(CatchUp::kLatest, "12:00:00", "12:35:00"), "11-24 12:30 -2");
  EXPECT_EQ(DueOf(CatchUp::kAll, "12:00:00", "12:35:00"),
            "11-24 12:10, 11-24 12:20, 11-24 12:30 -0");
  EXPECT_EQ(DueOf(CatchUp::kNone, "12:00:00", "12:35:00"), " -3");
  EXPECT_EQ(DueOf(CatchUp::kNone, "12:00:00", "12:32:00"), "11-24 12:30 -2");
}

TEST(ScheduleTimesTest, CatchUpSoManyAtMost) {
  Schedule schedule = ScheduleOf("* * * * *");
  schedule.catch_up = CatchUp::kAll;
  const TimePoint now = At("2026-11-24T12:00:00Z");
  const DueSlots due = ScheduleTimes(schedule, "nightly").Due(now - days(365), now);
  ASSERT_EQ(due.fire.size(), kMostCaughtUp);
  EXPECT_EQ(due.fire.back().at, now);
  EXPECT_EQ(due.fire.front().at, now - minutes(kMostCaughtUp - 1));
  EXPECT_EQ(due.passed_over, kMostCaughtUp);
}

TEST(ScheduleTimesTest, WaitForTheJitterOfTheLastSlot) {
  Schedule schedule = ScheduleOf("0 3 * * *");
  schedule.jitter = 2h;
  schedule.catch_up = CatchUp::kAll;
  const ScheduleTimes times(schedule, "nightly");
  const TimePoint last = At("2026-11-22T03:00:00Z");
  const std::vector<Slot> slots = times.Between(last, TimePoint::max(), 2);
  EXPECT_EQ(times.Due(last, slots[1].due - 1ms).fire, std::vector<Slot>{slots[0]});
  EXPECT_EQ(times.Due(last, slots[1].due).fire, slots);
}

}  // namespace
}  // namespace cellar
