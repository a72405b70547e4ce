#include "jobs/duration.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace cellar {
namespace {

using std::chrono::milliseconds;

std::string ShownParsed(std::string_view text) {
  const auto duration = ParseDuration(text);
  return duration ? std::to_string(duration->count()) : "none";
}

std::string ShownSize(std::string_view text) {
  const auto size = ParseByteSize(text);
  return size ? std::to_string(*size) : "none";
}

TEST(DurationTest, ReadsEveryUnit) {
  EXPECT_EQ(ShownParsed("250ms"), "250");
  EXPECT_EQ(ShownParsed("90s"), "90000");
  EXPECT_EQ(ShownParsed("30m"), "1800000");
  EXPECT_EQ(ShownParsed("2h"), "7200000");
  EXPECT_EQ(ShownParsed("1h30m"), "5400000");
  EXPECT_EQ(ShownParsed("1h2m3s4ms"), "3723004");
  EXPECT_EQ(ShownParsed("1h4ms"), "3600004");
  EXPECT_EQ(ShownParsed("0s"), "0");
  EXPECT_EQ(ShownParsed("007s"), "7000");
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "5",
                                      "s",
                                      "5 s",
                                      " 5s",
                                      "5s ",
                                      "-5s",
                                      "+5s",
                                      "1.5h",
                                      "5 minuts",
                                      "5minuts",
                                      "5S",
                                      "5d",
                                      "30m1h",
                                      "1s1s",
                                      "5ms4s",
                                      "h5",
                                      "1h30",
                                      "5s\n",
                                      "0x5s",
                                      "9223372036854775808ms",
                                      "99999999999999999999s",
                                      "2562047788016h",
                                      "9223372036854775807ms1ms"}) {
    EXPECT_EQ(ShownParsed(text), "none") << text;
  }
}

TEST(DurationTest, ReachesToTheLargestThatFits) {
  EXPECT_EQ(ShownParsed("9223372036854775807ms"), "9223372036854775807");
  EXPECT_EQ(ShownParsed("2562047788015h"), "9223372036854000000");
}

TEST(DurationTest, IsWrittenInTheLargestUnits) {
  EXPECT_EQ(FormatDuration(milliseconds(0)), "0s");
  EXPECT_EQ(FormatDuration(milliseconds(250)), "250ms");
  EXPECT_EQ(FormatDuration(milliseconds(90'000)), "1m30s");
  EXPECT_EQ(FormatDuration(milliseconds(5'400'000)), "1h30m");
  EXPECT_EQ(FormatDuration(milliseconds(3'600'004)), "1h4ms");
}

RC_GTEST_PROP(DurationTest, ReadsBackWhatItWrote, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
  RC_ASSERT(ParseDuration(FormatDuration(milliseconds(count))) == milliseconds(count));
}

RC_GTEST_PROP(DurationTest, TakesAnyText, (const std::string& text)) {
  if (const auto duration = ParseDuration(text)) RC_ASSERT(duration->count() >= 0);
}

TEST(ByteSizeTest, ReadsEveryUnit) {
  EXPECT_EQ(ShownSize("0"), "0");
  EXPECT_EQ(ShownSize("512"), "512");
  EXPECT_EQ(ShownSize("512B"), "512");
  EXPECT_EQ(ShownSize("64kB"), "64000");
  EXPECT_EQ(ShownSize("3MB"), "3000000");
  EXPECT_EQ(ShownSize("2GB"), "2000000000");
  EXPECT_EQ(ShownSize("64KiB"), "65536");
  EXPECT_EQ(ShownSize("16MiB"), "16777216");
  EXPECT_EQ(ShownSize("1GiB"), "1073741824");
  EXPECT_EQ(ShownSize("18446744073709551615"), "18446744073709551615");
}

TEST(ByteSizeTest, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "MiB", "-1", "+1", "1.5MiB", "16 MiB", "16mib", "16M", "16KB", "1TiB", " 1", "1 ",
        "18446744073709551616", "18446744073709551615kB"}) {
    EXPECT_EQ(ShownSize(text), "none") << text;
  }
}

TEST(ByteSizeTest, IsWrittenForPeople) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(1023), "1023 B");
  EXPECT_EQ(FormatByteSize(1024), "1.0 KiB");
  EXPECT_EQ(FormatByteSize(1'572'864), "1.5 MiB");
  EXPECT_EQ(FormatByteSize((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatByteSize(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

RC_GTEST_PROP(ByteSizeTest, ReadsBackAnyNumberOfAnyUnit, (std::uint32_t number)) {
  static const std::vector<std::pair<std::string, std::uint64_t>> kUnits{
      {"", 1}, {"B", 1}, {"kB", 1000}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
  const auto unit = *rc::gen::elementOf(kUnits);
  RC_ASSERT(ParseByteSize(std::to_string(number) + unit.first) == number * unit.second);
}

}  // namespace
}  // namespace cellar
