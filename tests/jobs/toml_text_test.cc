#include "jobs/toml_text.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

// The problems, then the keys that could be read.
std::string Shown(std::string_view text) {
  const TomlText toml = ParseToml("t.toml", text);
  std::string shown;
  for (const Problem& problem : toml.problems) shown += ToString(problem) + "\n";
  EXPECT_EQ(toml.damaged, !toml.problems.empty());
  for (const auto& [key, value] : toml.table) shown += std::string(key.str()) + " ";
  return shown;
}

std::string Repeated(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(TomlTextTest, ReadsSoundText) {
  EXPECT_EQ(Shown("a = 1\n[b]\nc = 2\n"), "a b ");
  EXPECT_EQ(Shown("\xEF\xBB\xBF"
                  "a = 1\r\nb = '''\r\nx\r\n'''\r\n"),
            "a b ");
  EXPECT_EQ(Shown(""), "");
}

TEST(TomlTextTest, NamesThePlaceAndWhatWouldBeRight) {
  EXPECT_EQ(Shown("[[[1]]]"),
            "t.toml:1:3: TOML: key: expected bare key starting character or string delimiter, saw "
            "'['; a table is [name], a list of tables [[name]]\n");
  EXPECT_EQ(
      Shown("a = b"),
      "t.toml:1:5: TOML: value: could not determine value type; text stands between quotes\n");
  EXPECT_EQ(Shown("a = \"\\d\""),
            "t.toml:1:7: TOML: string: unknown escape sequence '\\d'; write code between ''' and "
            "''': nothing is escaped there\n");
  EXPECT_EQ(Shown("a = 1\na = 2"),
            "t.toml:2:5: TOML: key-value pair: cannot redefine existing integer 'a'; give each key "
            "and each table once; cells are [[cell]]\n");
  EXPECT_EQ(Shown("a = 99999999999999999999"),
            "t.toml:1:25: TOML: decimal integer: '99999999999999999999' is not representable in 64 "
            "bits; integers reach from -2^63 to 2^63-1\n");
  EXPECT_EQ(Shown("a = '''\nx\n"),
            "t.toml:2:3: TOML: literal string: encountered end-of-file; what begins in line 1 or "
            "below is not closed\n");
  EXPECT_EQ(Shown("a = 'x\xFF'"), "t.toml:1:7: is not UTF-8; save it as UTF-8\n");
}

TEST(TomlTextTest, GoesOnWithTheNextTable) {
  EXPECT_EQ(Shown("a = 1\n[b]\nc = \nd = \n[e]\nf = x\n[g]\n"),
            "t.toml:3:5: TOML: key-value pair: expected value, saw '\\n'\n"
            "t.toml:6:5: TOML: value: could not determine value type; text stands between quotes\n"
            "a g ");
}

TEST(TomlTextTest, FindsTheTableInWhichAStringIsLeftOpen) {
  EXPECT_EQ(
      Shown("a = 1\n[b]\nc = '''\n[d]\ne = '''x'''\n[f]\ng = y\n"),
      "t.toml:5:8: TOML: key-value pair: expected a comment or whitespace, saw 'x'; one key = "
      "value a line\n"
      "t.toml:7:5: TOML: value: could not determine value type; text stands between quotes\n"
      "a ");
}

TEST(TomlTextTest, TakesNoHeaderWithinAStringForOne) {
  EXPECT_EQ(Shown("[a]\nb = '''\n[c]\n'''\nd =\n[e]\n"),
            "t.toml:5:4: TOML: key-value pair: expected value, saw '\\n'\n"
            "e ");
}

TEST(TomlTextTest, EndsAfterTenMistakes) {
  const std::string shown = Shown(Repeated("[t]\n", 20));
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 10);
}

TEST(TomlTextTest, LimitsWhatWouldOverflowTheStack) {
  EXPECT_EQ(Shown("a = " + std::string(100'000, '[')),
            "t.toml:1:69: nested deeper than 64 levels\n");
  EXPECT_EQ(Shown(Repeated("a.", 100'000) + "a = 1"),
            "t.toml:1:64: a key has more than 32 parts\n");
  EXPECT_EQ(Shown("a = " + Repeated("{a=", 65) + "1" + Repeated("}", 65)),
            "t.toml:1:197: nested deeper than 64 levels\n");
  EXPECT_EQ(Shown("a = " + std::string(64, '[') + std::string(64, ']')), "a ");
}

TEST(TomlTextTest, CountsNoDepthInStringsAndComments) {
  const std::string deep(100, '[');
  const std::string dots(100, '.');
  EXPECT_EQ(Shown("# " + deep + dots + "\na = '" + deep + dots + "'\nb = \"\\\"" + deep +
                  "\"\nc = '''\n'" + deep + "'''\nd = \"\"\"\n\"" + dots + "\"\"\"\n"),
            "a b c d ");
}

TEST(TomlTextTest, LimitsItsSize) {
  EXPECT_EQ(
      Shown("#" + std::string(16 << 20, ' ')),
      "t.toml:1:1: is larger than 16 MiB; keep long code in files of its own: file = \"…\"\n");
}

TEST(TomlTextTest, DescribesEveryKindOfValue) {
  const TomlText toml = ParseToml("t", R"(v = ["x", 1, 2.5, true, 1979-05-27, 07:32:00,
      1979-05-27T07:32:00Z, [1], {a = 1}, [{a = 1}]])");
  std::string shown;
  for (const toml::node& node : *toml.table["v"].as_array()) shown += Describe(node) + "\n";
  EXPECT_EQ(shown,
            "the text \"x\"\nthe integer 1\nthe float 2.5\ntrue\na date\na time\na date and time\n"
            "a list\na table\na list of tables\n");
}

}  // namespace
}  // namespace cellar
