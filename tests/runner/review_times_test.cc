#include "runner/review/times.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace cellar {
namespace {

/// In a zone that is not UTC, and has no daylight saving time.
class TimesTest : public testing::Test {
 protected:
  TimesTest() { Use("UTC-3"); }
  ~TimesTest() override { Use("UTC"); }

  static void Use(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }

  /// Read against 2026-11-23T02:00:00.000Z, in UTC; "-" for no time.
  static std::string Moment(std::string_view text) {
    using namespace std::chrono;
    const auto moment = ParseMoment(text, sys_days(year(2026) / 11 / 23) + hours(2));
    return moment ? FormatUtc(*moment) : "-";
  }
};

TEST_F(TimesTest, WritesUtcWithMilliseconds) {
  EXPECT_EQ(FormatUtc(TimePoint()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatUtc(TimePoint(std::chrono::milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatUtc(TimePoint(std::chrono::milliseconds(1795399262123))),
            "2026-11-23T02:01:02.123Z");
}

TEST_F(TimesTest, WritesLocalTimeForPeople) {
  EXPECT_EQ(FormatLocal(TimePoint(std::chrono::milliseconds(1795399262123))),
            "2026-11-23 05:01:02");
}

TEST_F(TimesTest, ReadsRfc3339) {
  EXPECT_EQ(Moment("2026-11-20T01:02:03Z"), "2026-11-20T01:02:03.000Z");
  EXPECT_EQ(Moment("2026-11-20T01:02:03.0456789z"), "2026-11-20T01:02:03.045Z");
  EXPECT_EQ(Moment("2026-11-20T01:02:03+01:30"), "2026-11-19T23:32:03.000Z");
  EXPECT_EQ(Moment("2026-11-20 01:02:03-01:00"), "2026-11-20T02:02:03.000Z");
}

TEST_F(TimesTest, ReadsDatesInTheLocalZone) {
  EXPECT_EQ(Moment("2026-11-20"), "2026-11-19T21:00:00.000Z");
  EXPECT_EQ(Moment("2026-11-20 12:30"), "2026-11-20T09:30:00.000Z");
}

TEST_F(TimesTest, ReadsHowLongAgo) {
  EXPECT_EQ(Moment("90m"), "2026-11-23T00:30:00.000Z");
  EXPECT_EQ(Moment("1h30m"), "2026-11-23T00:30:00.000Z");
  EXPECT_EQ(Moment("3d"), "2026-11-20T02:00:00.000Z");
}

TEST_F(TimesTest, RefusesAnythingElse) {
  for (const char* text : {"", "d", "-3d", "3 d", "tomorrow", "2026-13-01", "2026-02-30",
                           "2026-11-20T", "2026-11-20T25:00", "2026-11-20T01:02:03+1",
                           "2026-11-20T01:02:03Zx", "20261120", "9999999999d"}) {
    EXPECT_EQ(Moment(text), "-") << text;
  }
}

TEST_F(TimesTest, WritesDurationsWithAboutThreeDigits) {
  EXPECT_EQ(FormatElapsed(Millis(0)), "0 ms");
  EXPECT_EQ(FormatElapsed(Millis(812.4)), "812 ms");
  EXPECT_EQ(FormatElapsed(Millis(999.6)), "1.0 s");
  EXPECT_EQ(FormatElapsed(Millis(59'949)), "59.9 s");
  EXPECT_EQ(FormatElapsed(Millis(59'960)), "1m00s");
  EXPECT_EQ(FormatElapsed(Millis(3'599'400)), "59m59s");
  EXPECT_EQ(FormatElapsed(Millis(3'599'600)), "1h00m");
  EXPECT_EQ(FormatElapsed(Millis(7'380'000)), "2h03m");
}

}  // namespace
}  // namespace cellar
