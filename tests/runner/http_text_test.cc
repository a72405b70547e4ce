// The first line of a request, as browsers and others send it.
#include "runner/review/api/http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/gateway/url.h"

namespace cellar {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HttpTextTest, ReadsPathAndQuery) {
  const auto target = ReadTarget("/api/v1/runs/last%3Aa%2Fb/?text=a+b%26c&job=&x");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/runs/last%3Aa%2Fb/");
  EXPECT_THAT(target->segments, ElementsAre("api", "v1", "runs", "last:a/b", ""));
  EXPECT_THAT(target->query, ElementsAre(Pair("job", ""), Pair("text", "a b&c"), Pair("x", "")));
}

TEST(HttpTextTest, ReadsTheRoot) {
  const auto target = ReadTarget("/");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->segments, ElementsAre(""));
  EXPECT_TRUE(target->query.empty());
}

TEST(HttpTextTest, KeepsAPlusInAPath) {
  EXPECT_THAT(ReadTarget("/a+b")->segments, ElementsAre("a+b"));
}

TEST(HttpTextTest, KeepsTheOrderOfValuesOfOneName) {
  EXPECT_THAT(ReadTarget("/?a=2&b=3&%61=1")->query,
              ElementsAre(Pair("a", "2"), Pair("a", "1"), Pair("b", "3")));
}

TEST(HttpTextTest, RefusesWhatIsNoTarget) {
  for (const char* target : {"", "a", "http://a/", "*", "/%", "/%1", "/%1g", "/?%", "/?a=%f"}) {
    EXPECT_FALSE(ReadTarget(target)) << target;
  }
}

TEST(HttpTextTest, EncodesWhatIsNoPlainLetter) {
  EXPECT_EQ(PercentEncode("image/svg+xml; a=\xc3\xa4-._~"),
            "image%2Fsvg%2Bxml%3B%20a%3D%C3%A4-._~");
  EXPECT_EQ(ReadTarget("/?a=" + PercentEncode("a b&=%+"))->query.find("a")->second, "a b&=%+");
}

}  // namespace
}  // namespace cellar
