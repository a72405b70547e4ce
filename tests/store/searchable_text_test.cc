// Texts as they are searched: cleaned, cut into blocks, as trigrams.
#include "store/searchable_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cellar {
namespace {

/// What is searched of an output.
std::string SearchedTextOf(const std::string& json) {
  return SearchableText(TextsOf(nlohmann::ordered_json::parse(json)));
}

TEST(SearchableTextTest, HasNoEscapeSequences) {
  EXPECT_EQ(SearchableText(std::string_view("\x1b[0;31mKeyError\x1b[0m: 'temp'")),
            "KeyError: 'temp'");
  EXPECT_EQ(SearchableText(std::string_view("a\x1b]8;;http://x\x1b\\b\x1b]0;title\ac\x1b(Bd")),
            "abcd");
  EXPECT_EQ(SearchableText(std::string_view("a\tb\r\nc\x1b]never ended\nd\x1b")), "a b \nc\nd");
}

TEST(SearchableTextTest, HasTheTextsOfAnOutput) {
  EXPECT_EQ(SearchedTextOf(R"({"output_type": "stream", "name": "stdout", "text": "one\ntwo"})"),
            "one\ntwo\n");
  EXPECT_EQ(SearchedTextOf(R"({"output_type": "error", "ename": "E", "evalue": "no",
                                      "traceback": ["line 1", "E: no"]})"),
            "E\nno\nline 1\nE: no\n\n");
  EXPECT_EQ(SearchedTextOf(R"({"output_type": "display_data", "metadata": {},
      "data": {"image/png": "AAAA", "text/plain": "a table", "text/html": "<table>",
               "application/json": {"k": 1}}})"),
            "a table\n{\"k\":1}\n");
  EXPECT_EQ(SearchedTextOf(R"({"output_type": "display_data", "data": {"text/html": "<b>x</b>"}})"),
            "<b>x</b>\n");
}

TEST(SearchableTextTest, IsCutAtLineEnds) {
  EXPECT_TRUE(BlocksOf("").empty());
  EXPECT_EQ(BlocksOf("a\nb").size(), 1U);
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "line " + std::to_string(i) + "\n";
  std::string joined;
  for (const auto block : BlocksOf(lines)) {
    EXPECT_LE(block.size(), 65'536U);
    EXPECT_TRUE(block.starts_with("line "));
    joined += std::string(block) + (joined.size() + block.size() < lines.size() ? "\n" : "");
  }
  EXPECT_EQ(joined, lines);
}

TEST(SearchableTextTest, IsCutWithinALongLineSoThatNothingIsLost) {
  std::string line(200'000, 'x');
  for (std::size_t at = 0; at + kLongestSearch <= line.size(); at += 777) {
    const std::string what = std::to_string(at) + "!";
    std::string text = line;
    text.replace(at, what.size(), what);
    bool is_whole = false;
    for (const auto block : BlocksOf(text)) is_whole |= block.find(what) != std::string_view::npos;
    EXPECT_TRUE(is_whole) << at;
  }
}

TEST(SearchableTextTest, IsNeverCutWithinAnEscapeSequence) {
  std::string bar;  // a line of colours, as progress bars write it
  for (int i = 0; i < 20'000; ++i) bar += "\x1b[38;5;42m" + std::to_string(i % 10) + "\x1b[0m\r";
  const std::string clean = SearchableText(bar);
  const std::vector<std::string_view> blocks = BlocksOf(bar);
  EXPECT_GT(blocks.size(), 3U);
  for (const auto block : blocks) {
    const std::string text = SearchableText(block);
    EXPECT_LE(text.size(), kBlockBytes);
    EXPECT_NE(clean.find(text), std::string::npos);
  }
}

TEST(TrigramWordsTest, BeginAtEachByteOfALine) {
  EXPECT_EQ(TrigramWords("abcd"), "616263 626364 63640a 640a0a ");
  EXPECT_EQ(TrigramWords("abcd\n\nab"), "616263 626364 63640a 640a0a 61620a 620a0a ");
  EXPECT_EQ(TrigramWords("\n"), "");
}

TEST(TrigramWordsTest, HaveEachTrigramOnceInEitherCase) {
  EXPECT_EQ(TrigramWords("ABCabc"), TrigramWords("abcabc"));
  EXPECT_EQ(TrigramWords("aaaaaaa"), TrigramWords("aaa"));
  EXPECT_NE(TrigramWords("\xc3\xa9 x"), TrigramWords("\xc3\xa8 x"));
}

TEST(WordsToMatchTest, AreThoseOfWhateverIsAroundTheText) {
  EXPECT_EQ(WordsToMatch("abCd"), "616263 626364 ");
  EXPECT_EQ(WordsToMatch("ab"), "6162*");
  EXPECT_EQ(WordsToMatch("A"), "61*");
  EXPECT_EQ(WordsToMatch("\xc3\xa9"), "c3a9*");
  EXPECT_EQ(WordsToMatch("a\tb\x1b[0mc"), WordsToMatch("a bc"));
}

TEST(TextFinderTest, FindsInEitherCase) {
  TextFinder finder("keyERROR");
  EXPECT_EQ(finder.FindIn("a KeyError"), 2U);
  EXPECT_EQ(finder.FindIn("keyerror"), 0U);
  EXPECT_EQ(finder.FindIn("a KeyErro"), std::nullopt);
  EXPECT_EQ(finder.FindIn(""), std::nullopt);
}

TEST(TextFinderTest, FindsWhereThePersonReadsIt) {
  for (const std::string_view what : {"b c", "b\tc", "\x1b[31mb\x1b[0m c"}) {
    EXPECT_EQ(TextFinder(what).FindIn("A\x1b[31mB\tC"), 1U);
  }
  TextFinder finder("b c");
  for (const std::string_view text :
       {"A\x1b[31mB\tC\x1b[0m", "a\x1b[0mb\x1b]0;title\a\1c", "ab c"}) {
    EXPECT_EQ(finder.FindIn(text), 1U);
    EXPECT_EQ(SearchableText(text).size(), 4U);
  }
  EXPECT_EQ(finder.FindIn("ab\nc"), std::nullopt);
  EXPECT_EQ(finder.FindIn("\x1b"), std::nullopt);
}

TEST(ExcerptTest, IsTheLineOrAPartOfIt) {
  EXPECT_EQ(ExcerptAt("one\ntwo three\nfour", 8), "two three");
  EXPECT_EQ(ExcerptAt("one", 0), "one");
  EXPECT_EQ(ExcerptAt("\none", 1), "one");
  const std::string umlauts = "\xc3\xa4\xc3\xb6\xc3\xbc";
  std::string text;
  for (int i = 0; i < 100; ++i) text += umlauts;
  const std::string excerpt = ExcerptAt(text, 300);
  EXPECT_EQ(excerpt.size(), 200U);
  EXPECT_EQ(excerpt.substr(0, 2), "\xc3\xa4");
}

}  // namespace
}  // namespace cellar
