// What fits the window of a terminal.
#include <gtest/gtest.h>

#include "runner/cli/pager.h"

namespace cellar {
namespace {

TEST(WindowTest, HasRoomForItsLinesButOne) {
  EXPECT_FALSE(IsLongerThanWindow("a\nb\nc\n", 80, 4));
  EXPECT_TRUE(IsLongerThanWindow("a\nb\nc\n", 80, 3));
  EXPECT_FALSE(IsLongerThanWindow("", 80, 2));
  EXPECT_TRUE(IsLongerThanWindow("\n\n", 80, 2));
}

TEST(WindowTest, BreaksLongLines) {
  EXPECT_FALSE(IsLongerThanWindow(std::string(80, 'x'), 80, 2));
  EXPECT_TRUE(IsLongerThanWindow(std::string(81, 'x'), 80, 2));
  std::string umlauts;
  for (int i = 0; i < 80; ++i) umlauts += "\x1b[1m\xc3\xa4\x1b[0m";
  EXPECT_FALSE(IsLongerThanWindow(umlauts, 80, 2));
}

}  // namespace
}  // namespace cellar
