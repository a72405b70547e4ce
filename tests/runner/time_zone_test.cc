#include "runner/time_zone.h"

#include <gtest/gtest.h>

#include "jobs/error.h"

namespace cellar {
namespace {

std::string ZoneFault(const std::string& name) { return FaultOfTimeZone(name).value_or("known"); }

TEST(TimeZoneTest, KnowsTheNamesOfTheSystem) {
  for (const char* name : {"UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "EST5EDT"}) {
    EXPECT_EQ(ZoneFault(name), "known");
  }
}

TEST(TimeZoneTest, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(ZoneFault("Europe/Berln"),
            "there is no time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(ZoneFault("europe/berlin"),
            "there is no time zone \"europe/berlin\"; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(ZoneFault("utc"), "there is no time zone \"utc\"; did you mean \"UTC\"?");
  EXPECT_EQ(ZoneFault("Los Angeles"),
            "there is no time zone \"Los Angeles\"; did you mean \"America/Los_Angeles\"?");
  const std::string right = "; zones are named as in \"Europe/Berlin\" or \"UTC\"";
  EXPECT_EQ(ZoneFault("PST"), "there is no time zone \"PST\"" + right);
  EXPECT_EQ(ZoneFault("+02:00"), "there is no time zone \"+02:00\"" + right);
  EXPECT_EQ(ZoneFault("../../../etc/passwd"),
            "there is no time zone \"../../../etc/passwd\"" + right);
}

TEST(TimeZoneTest, IsNoneOfAnUnknownName) {
  try {
    TimeZone zone("Mars");
    FAIL() << "there is one";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(std::string(error.what()).substr(0, 28), "there is no time zone \"Mars\"");
  }
}

}  // namespace
}  // namespace cellar
