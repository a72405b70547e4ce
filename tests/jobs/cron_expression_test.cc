#include "jobs/cron_expression.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/jobs/arbitrary_cron.h"

namespace cellar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

LocalMinute At(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::local_days date(std::chrono::year(year) / static_cast<int>(month) /
                                     static_cast<int>(day));
  return date + hours(hour) + minutes(minute);
}

std::string ShownMinute(LocalMinute time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     (time - day) / hours(1), (time - day) % hours(1) / minutes(1));
}

// `offset: what; suggestion`, or "sound".
std::string FaultInCron(std::string_view text) {
  const auto parsed = CronExpression::Parse(text);
  const auto* fault = std::get_if<CronFault>(&parsed);
  if (fault == nullptr) return "sound";
  return fmt::format("{}: {}; {}", fault->offset, fault->what, fault->suggestion);
}

// The next times from 2024-02-28 12:00, a Wednesday, on.
std::string TimesOf(std::string_view text, int count = 3) {
  const auto parsed = CronExpression::Parse(text);
  if (std::holds_alternative<CronFault>(parsed)) return FaultInCron(text);
  std::string times;
  LocalMinute time = At(2024, 2, 28, 12);
  for (int i = 0; i < count; ++i) {
    time = std::get<CronExpression>(parsed).Next(time).value();
    times += (i > 0 ? ", " : "") + ShownMinute(time);
    time += minutes(1);
  }
  return times;
}

TEST(CronExpressionTest, ReadsListsRangesAndSteps) {
  EXPECT_EQ(TimesOf("* * * * *"), "2024-02-28 12:00, 2024-02-28 12:01, 2024-02-28 12:02");
  EXPECT_EQ(TimesOf("5,10-11,58/1 * * * *", 5),
            "2024-02-28 12:05, 2024-02-28 12:10, 2024-02-28 12:11, 2024-02-28 12:58, "
            "2024-02-28 12:59");
  EXPECT_EQ(TimesOf("0 0-23/8 * * *"), "2024-02-28 16:00, 2024-02-29 00:00, 2024-02-29 08:00");
  EXPECT_EQ(TimesOf("*/30 20/2 * * *"), "2024-02-28 20:00, 2024-02-28 20:30, 2024-02-28 22:00");
  EXPECT_EQ(TimesOf("\t0   0  29\t2 * "), "2024-02-29 00:00, 2028-02-29 00:00, 2032-02-29 00:00");
}

TEST(CronExpressionTest, ReadsNamesInAnyCase) {
  EXPECT_EQ(TimesOf("0 3 * * mon-FRI/2"), "2024-03-01 03:00, 2024-03-04 03:00, 2024-03-06 03:00");
  EXPECT_EQ(TimesOf("0 0 1 Jan,jul *"), "2024-07-01 00:00, 2025-01-01 00:00, 2025-07-01 00:00");
}

TEST(CronExpressionTest, TakesSundayAsZeroAndSeven) {
  const std::string sundays = "2024-03-03 00:00, 2024-03-10 00:00, 2024-03-17 00:00";
  EXPECT_EQ(TimesOf("0 0 * * 0"), sundays);
  EXPECT_EQ(TimesOf("0 0 * * 7"), sundays);
  EXPECT_EQ(TimesOf("0 0 * * sun"), sundays);
  EXPECT_EQ(TimesOf("0 0 * * 6-7"), "2024-03-02 00:00, 2024-03-03 00:00, 2024-03-09 00:00");
  EXPECT_EQ(TimesOf("0 0 * * sat-sun"), "2024-03-02 00:00, 2024-03-03 00:00, 2024-03-09 00:00");
}

TEST(CronExpressionTest, ReadsShorthands) {
  EXPECT_EQ(TimesOf("@hourly", 2), "2024-02-28 12:00, 2024-02-28 13:00");
  EXPECT_EQ(TimesOf(" @Daily ", 2), "2024-02-29 00:00, 2024-03-01 00:00");
  EXPECT_EQ(TimesOf("@midnight", 2), "2024-02-29 00:00, 2024-03-01 00:00");
  EXPECT_EQ(TimesOf("@weekly", 2), "2024-03-03 00:00, 2024-03-10 00:00");
  EXPECT_EQ(TimesOf("@monthly", 2), "2024-03-01 00:00, 2024-04-01 00:00");
  EXPECT_EQ(TimesOf("@yearly", 2), "2025-01-01 00:00, 2026-01-01 00:00");
  EXPECT_EQ(TimesOf("@annually", 2), "2025-01-01 00:00, 2026-01-01 00:00");
}

TEST(CronExpressionTest, TakesEitherDayOnlyWhereNeitherBeginsWithAStar) {
  EXPECT_EQ(TimesOf("0 0 1 * thu"), "2024-02-29 00:00, 2024-03-01 00:00, 2024-03-07 00:00");
  EXPECT_EQ(TimesOf("0 0 */2 * thu"), "2024-02-29 00:00, 2024-03-07 00:00, 2024-03-21 00:00");
  EXPECT_EQ(TimesOf("0 0 1 * */3"), "2024-05-01 00:00, 2024-06-01 00:00, 2024-09-01 00:00");
  EXPECT_EQ(TimesOf("0 0 1-31 * thu"), "2024-02-29 00:00, 2024-03-01 00:00, 2024-03-02 00:00");
}

TEST(CronExpressionTest, FindsTheRarestDayThereIs) {
  // A Sunday, the 29th of February.
  const auto cron = std::get<CronExpression>(CronExpression::Parse("0 0 29 2 */7"));
  EXPECT_EQ(ShownMinute(cron.Next(At(2088, 3, 1)).value()), "2128-02-29 00:00");
}

TEST(CronExpressionTest, KnowsWhetherEveryHourCounts) {
  for (const char* text : {"* * * * *", "0 * 1 * *", "5 */1 * * *", "5 0-23 * * *", "@hourly"}) {
    EXPECT_TRUE(std::get<CronExpression>(CronExpression::Parse(text)).every_hour()) << text;
  }
  for (const char* text : {"0 */2 * * *", "0 1-23 * * *", "@daily"}) {
    EXPECT_FALSE(std::get<CronExpression>(CronExpression::Parse(text)).every_hour()) << text;
  }
}

TEST(CronExpressionTest, NamesThePlaceOfAFault) {
  EXPECT_EQ(FaultInCron("60 * * * *"), "0: minute is 60; from 0 to 59");
  EXPECT_EQ(FaultInCron("0 1,24 * * *"), "4: hour is 24; from 0 to 23");
  EXPECT_EQ(FaultInCron("0 0 0 * *"), "4: day of month is 0; from 1 to 31");
  EXPECT_EQ(FaultInCron("0 0 * 13 *"), "6: month is 13; from 1 to 12");
  EXPECT_EQ(FaultInCron("0 0 * * 1-8"), "10: day of week is 8; from 0 to 7");
  EXPECT_EQ(FaultInCron("99999999999999999999 * * * *"),
            "0: minute is 99999999999999999999; from 0 to 59");
  EXPECT_EQ(FaultInCron("*/0 * * * *"), "2: minute has the step \"0\"; from 1 to 60");
  EXPECT_EQ(FaultInCron("0 */90 * * *"), "4: hour has the step \"90\"; from 1 to 24");
  EXPECT_EQ(FaultInCron("*/ * * * *"), "2: minute has the step \"\"; from 1 to 60");
  EXPECT_EQ(FaultInCron("*/5/5 * * * *"), "2: minute has the step \"5/5\"; from 1 to 60");
}

TEST(CronExpressionTest, CountsTheFields) {
  const std::string right = "; minute, hour, day of month, month, day of week";
  EXPECT_EQ(FaultInCron(""), "0: cron has 0 fields, not 5" + right);
  EXPECT_EQ(FaultInCron("5"), "1: cron has 1 field, not 5" + right);
  EXPECT_EQ(FaultInCron("0 3 * *"), "7: cron has 4 fields, not 5" + right);
  EXPECT_EQ(FaultInCron("0 0 3 * * *"), "10: cron has 6 fields, not 5" + right);
}

TEST(CronExpressionTest, SuggestsWhatWasMeant) {
  EXPECT_EQ(FaultInCron("@dialy"), "0: cron is \"@dialy\"; did you mean \"@daily\"?");
  EXPECT_EQ(FaultInCron("@fortnightly"),
            "0: cron is \"@fortnightly\"; known words: @hourly, @daily, @midnight, @weekly, "
            "@monthly, @yearly, @annually");
  EXPECT_EQ(FaultInCron("0 0 * juin *"), "6: month is \"juin\"; did you mean \"jun\"?");
  EXPECT_EQ(FaultInCron("0 0 * * monday"), "8: day of week is \"monday\"; did you mean \"mon\"?");
  EXPECT_EQ(FaultInCron("0 22-6 * * *"), "2: hour 22-6 runs backwards; write 22-23,0-6");
  EXPECT_EQ(FaultInCron("0 0 * * fri-mon"), "8: day of week fri-mon runs backwards; write 5-6,0-1");
  EXPECT_EQ(FaultInCron("0 0 * * 7-2"), "8: day of week 7-2 runs backwards; write 0-2");
  const std::string right = "from 0 to 59, *, or lists, ranges and steps of them: 1,5 1-5 */2";
  for (const char* text : {"x", "-1", "1-", "1,", "**", "+1", "1.5", "*-5", "0x1"}) {
    EXPECT_TRUE(FaultInCron(fmt::format("{} * * * *", text)).ends_with("; " + right)) << text;
  }
}

TEST(CronExpressionTest, RefusesWhatOtherSchedulersKnow) {
  EXPECT_EQ(FaultInCron("0 0 ? * 1"), "4: day of month is \"?\"; write * for any");
  EXPECT_EQ(FaultInCron("0 0 L * *"),
            "4: day of month is \"L\"; there is no last day in cron: write a day that every month "
            "has");
  EXPECT_EQ(FaultInCron("0 0 15W * *"),
            "4: day of month is \"15W\"; there is no nearest weekday in cron: write the days");
  EXPECT_EQ(FaultInCron("0 0 * * 1#2"),
            "8: day of week is \"1#2\"; there is no nth weekday in cron: write the weekday, or the "
            "days");
}

TEST(CronExpressionTest, RefusesWhatNeverComes) {
  EXPECT_EQ(FaultInCron("0 0 30 2 *"),
            "4: cron never comes: no month of it has such a day; February has at most 29 days; "
            "April, June, September and November have 30");
  EXPECT_EQ(FaultInCron("0 0 31 4,6 */2").substr(0, 19), "4: cron never comes");
  EXPECT_EQ(FaultInCron("0 0 30 2 mon"), "sound");
  EXPECT_EQ(FaultInCron("0 0 31 2,3 *"), "sound");
}

RC_GTEST_PROP(CronExpressionTest, NextIsTheFirstMinuteThatMatches, ()) {
  std::mt19937 random(*rc::gen::arbitrary<unsigned>());
  const auto parsed = CronExpression::Parse(AnyCron(&random));
  RC_PRE(std::holds_alternative<CronExpression>(parsed));
  const auto& cron = std::get<CronExpression>(parsed);
  const LocalMinute from{minutes(*rc::gen::inRange(-10'000'000, 100'000'000))};
  const LocalMinute next = cron.Next(from).value();
  RC_ASSERT(cron.Matches(next));
  const LocalMinute end = std::min(next, from + days(3));
  for (LocalMinute minute = from; minute < end; minute += minutes(1)) {
    RC_ASSERT(!cron.Matches(minute));
  }
}

}  // namespace
}  // namespace cellar
