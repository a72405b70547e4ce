#include "jobs/source_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cellar {
namespace {

std::string ShownPlace(TextPlace place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

TEST(SourceTextTest, CountsLinesAndCharacters) {
  const std::string text = "ab\ncé€x\n";
  EXPECT_EQ(ShownPlace(PlaceOf(text, 0)), "1:1");
  EXPECT_EQ(ShownPlace(PlaceOf(text, 2)), "1:3");
  EXPECT_EQ(ShownPlace(PlaceOf(text, 3)), "2:1");
  EXPECT_EQ(ShownPlace(PlaceOf(text, 9)), "2:4");
  EXPECT_EQ(ShownPlace(PlaceOf(text, 1000)), "3:1");
}

TEST(SourceTextTest, FindsTheFirstByteThatIsNotUtf8) {
  EXPECT_EQ(FindInvalidUtf8("plain é €"), std::nullopt);
  EXPECT_EQ(FindInvalidUtf8("ab\xFFz"), 2u);
  EXPECT_EQ(FindInvalidUtf8("ab\xC3"), 2u);
  EXPECT_EQ(FindInvalidUtf8("\xED\xA0\x80"), 0u);  // half of a surrogate pair
}

TEST(SourceTextTest, TakesAwayOneByteOrderMark) {
  EXPECT_EQ(WithoutBom("\xEF\xBB\xBFx"), "x");
  EXPECT_EQ(WithoutBom("x\xEF\xBB\xBF"), "x\xEF\xBB\xBF");
}

TEST(SourceTextTest, MakesUnixLines) { EXPECT_EQ(WithUnixLines("a\r\nb\rc\n\r\n"), "a\nb\rc\n\n"); }

TEST(SourceTextTest, SplitsLinesOfBothKinds) {
  EXPECT_EQ(SplitLines("a\r\n\nb"), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(SplitLines("a\n"), (std::vector<std::string_view>{"a"}));
  EXPECT_EQ(SplitLines(""), std::vector<std::string_view>());
}

TEST(SourceTextTest, TrimsBlanksAtBothSides) {
  EXPECT_EQ(Trimmed(" \t\r\na b\n "), "a b");
  EXPECT_EQ(Trimmed(" \n"), "");
}

TEST(SourceTextTest, PutsAnythingOnOneLine) {
  EXPECT_EQ(OneLine("a\nb\tc\x1B\x7F"), "a\\x0Ab\\x09c\\x1B\\x7F");
  EXPECT_EQ(OneLine("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(OneLine("ééééé", 3), "ééé…");
  EXPECT_EQ(OneLine("ééé", 3), "ééé");
  EXPECT_EQ(Quoted("it's"), "\"it's\"");
}

RC_GTEST_PROP(SourceTextTest, OneLineIsValidAndShort, (const std::string& text)) {
  const std::string line = OneLine(text, 5);
  RC_ASSERT(!FindInvalidUtf8(line));
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(line.size() <= 5 * 4 + 3);
}

}  // namespace
}  // namespace cellar
