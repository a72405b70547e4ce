#include "runner/gateway/http_time.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

using std::chrono::seconds;

TEST(HttpTimeTest, ReadsThePreferredForm) {
  EXPECT_EQ(ParseHttpTime("Sun, 06 Nov 1994 08:49:37 GMT"),
            std::chrono::sys_seconds(seconds(784111777)));
  EXPECT_EQ(ParseHttpTime("1994-11-06T08:49:37Z"), std::nullopt);
  EXPECT_EQ(ParseHttpTime(""), std::nullopt);
}

TEST(HttpTimeTest, ReadsHowLongToWait) {
  EXPECT_EQ(ParseRetryAfter("120", ""), seconds(120));
  EXPECT_EQ(ParseRetryAfter("0", ""), seconds(0));
  // By the server's own clock, whatever ours says.
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
            seconds(60));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", ""), seconds(0));
}

TEST(HttpTimeTest, WaitsForTenMinutesAtMostAndForNoNonsense) {
  EXPECT_EQ(ParseRetryAfter("86400", ""), seconds(600));
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", ""), seconds(600));
  for (const char* none : {"", "-5", "1.5", "soon", "12 ", "+3"}) {
    EXPECT_EQ(ParseRetryAfter(none, ""), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace cellar
