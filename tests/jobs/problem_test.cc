#include "jobs/problem.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

TEST(ProblemTest, ShowsWhatIsKnown) {
  EXPECT_EQ(ToString({"a.toml", 3, 7, "it is wrong", "do that"}),
            "a.toml:3:7: it is wrong; do that");
  EXPECT_EQ(ToString({"a.toml", 3, 0, "it is wrong", ""}), "a.toml:3: it is wrong");
  EXPECT_EQ(ToString({"a.toml", 0, 0, "it is wrong", ""}), "a.toml: it is wrong");
}

}  // namespace
}  // namespace cellar
