#include "jobs/toml_reader.h"

#include <gtest/gtest.h>

#include <functional>

namespace cellar {
namespace {

// What `read` makes of a table, then all problems.
std::string ShownReading(std::string_view text,
                         const std::function<std::string(TomlReader*)>& read) {
  TomlText toml = ParseToml("t.toml", text);
  TomlReader reader(&toml, &toml.table, "");
  std::string shown = read(&reader);
  reader.Finish();
  for (const Problem& problem : toml.problems) shown += "\n" + ToString(problem);
  return shown;
}

std::string ShownString(std::string_view text) {
  return ShownReading(text, [](TomlReader* r) { return r->String("a").value_or("-"); });
}

std::string ShownDuration(std::string_view text) {
  return ShownReading(text, [](TomlReader* r) {
    const auto duration = r->Duration("a", false);
    return duration ? std::to_string(duration->count()) : "-";
  });
}

std::string ShownStrings(std::string_view text) {
  return ShownReading(text, [](TomlReader* r) {
    std::string shown = "-";
    if (const auto strings = r->Strings("a")) {
      shown = "";
      for (const std::string& string : *strings) shown += string + ".";
    }
    return shown;
  });
}

TEST(TomlReaderTest, ReadsStrings) {
  EXPECT_EQ(ShownString("a = 'x'"), "x");
  EXPECT_EQ(ShownString(""), "-");
  EXPECT_EQ(ShownString("a = ''"), "-\nt.toml:1:5: a is empty; leave it out, or give it a text");
  EXPECT_EQ(ShownString("a = 5"), "-\nt.toml:1:5: a must be a text in quotes, not the integer 5");
  EXPECT_EQ(ShownString("a = \"x\\ny\""),
            "-\nt.toml:1:5: a has a control character: \"x\\x0Ay\"; write it on one line");
}

TEST(TomlReaderTest, ReadsAnyText) {
  const auto read = [](TomlReader* r) { return r->Text("a").value_or("-"); };
  EXPECT_EQ(ShownReading("a = \"x\\ny\"", read), "x\ny");
  EXPECT_EQ(ShownReading("a = ''", read), "");
  EXPECT_EQ(ShownReading("a = true", read), "-\nt.toml:1:5: a must be a text in quotes, not true");
}

TEST(TomlReaderTest, ReadsBooleans) {
  const auto read = [](TomlReader* r) { return std::to_string(r->Boolean("a").value_or(true)); };
  EXPECT_EQ(ShownReading("a = false", read), "0");
  EXPECT_EQ(ShownReading("a = 'no'", read),
            "1\nt.toml:1:5: a must be true or false, not the text \"no\"");
}

TEST(TomlReaderTest, ReadsIntegersWithinBounds) {
  const auto read = [](TomlReader* r) {
    return std::to_string(r->Integer("a", 1, 10).value_or(-1));
  };
  EXPECT_EQ(ShownReading("a = 10", read), "10");
  EXPECT_EQ(ShownReading("a = 0", read), "-1\nt.toml:1:5: a is 0; from 1 to 10");
  EXPECT_EQ(ShownReading("a = 2.5", read),
            "-1\nt.toml:1:5: a must be an integer, not the float 2.5");
}

TEST(TomlReaderTest, ReadsNumbersWithinBounds) {
  const auto read = [](TomlReader* r) {
    return std::to_string(r->Number("a", 1, 10).value_or(-1));
  };
  EXPECT_EQ(ShownReading("a = 2.5", read), "2.500000");
  EXPECT_EQ(ShownReading("a = 3", read), "3.000000");
  EXPECT_EQ(ShownReading("a = 0.5", read), "-1.000000\nt.toml:1:5: a is 0.5; from 1 to 10");
  EXPECT_EQ(ShownReading("a = nan", read), "-1.000000\nt.toml:1:5: a is nan; from 1 to 10");
  EXPECT_EQ(ShownReading("a = '1'", read),
            "-1.000000\nt.toml:1:5: a must be a number, not the text \"1\"");
}

TEST(TomlReaderTest, ReadsDurations) {
  EXPECT_EQ(ShownDuration("a = '1h30m'"), "5400000");
  EXPECT_EQ(
      ShownDuration("a = 30"),
      "-\nt.toml:1:5: a must be a duration, not the integer 30; write a = \"30s\", with a unit");
  EXPECT_EQ(ShownDuration("a = '5 minuts'"),
            "-\nt.toml:1:5: a must be a duration, not the text \"5 minuts\"; durations are written "
            "\"250ms\", \"90s\", \"30m\", \"2h\", \"1h30m\"");
  EXPECT_EQ(ShownDuration("a = -5"),
            "-\nt.toml:1:5: a must be a duration, not the integer -5; durations are written "
            "\"250ms\", \"90s\", \"30m\", \"2h\", \"1h30m\"");
  EXPECT_EQ(ShownDuration("a = '0s'"), "-\nt.toml:1:5: a is zero; leave it out for no limit");
  EXPECT_EQ(
      ShownReading("a = '0s'",
                   [](TomlReader* r) { return std::to_string(r->Duration("a", true)->count()); }),
      "0");
}

TEST(TomlReaderTest, ReadsSizes) {
  const auto read = [](TomlReader* r) {
    const auto size = r->ByteSize("a");
    return size ? std::to_string(*size) : "-";
  };
  EXPECT_EQ(ShownReading("a = '16MiB'", read), "16777216");
  EXPECT_EQ(ShownReading("a = 512", read), "512");
  EXPECT_EQ(ShownReading("a = '16 apples'", read),
            "-\nt.toml:1:5: a must be a size, not the text \"16 apples\"; sizes are written "
            "\"512kB\", \"16MiB\", \"1GiB\"");
  EXPECT_EQ(ShownReading("a = -1", read),
            "-\nt.toml:1:5: a must be a size, not the integer -1; sizes are written \"512kB\", "
            "\"16MiB\", \"1GiB\"");
}

TEST(TomlReaderTest, ReadsListsOfStrings) {
  EXPECT_EQ(ShownStrings("a = ['x', 'y', 'x']"), "x.y.");
  EXPECT_EQ(ShownStrings("a = []"), "");
  EXPECT_EQ(ShownStrings("a = 'x'"),
            "-\nt.toml:1:5: a must be a list, [\"one\", \"two\"], not the text \"x\"");
  EXPECT_EQ(ShownStrings("a = ['x', 5]"),
            "-\nt.toml:1:11: a has the integer 5 in it; write a = [\"one\", \"two\"]");
  EXPECT_EQ(ShownStrings("a = ['']"),
            "-\nt.toml:1:6: a has the text \"\" in it; write a = [\"one\", \"two\"]");
}

TEST(TomlReaderTest, ReadsWords) {
  const auto read = [](TomlReader* r) { return r->Word("a", {"stop", "continue"}).value_or("-"); };
  EXPECT_EQ(ShownReading("a = 'stop'", read), "stop");
  EXPECT_EQ(ShownReading("a = 'stopp'", read),
            "-\nt.toml:1:5: a is \"stopp\"; did you mean \"stop\"?");
  EXPECT_EQ(ShownReading("a = 'never'", read),
            "-\nt.toml:1:5: a is \"never\"; one of \"stop\", \"continue\"");
}

TEST(TomlReaderTest, ReadsTables) {
  const auto read = [](TomlReader* r) { return std::string(r->Table("a") ? "table" : "-"); };
  EXPECT_EQ(ShownReading("[a]", read), "table");
  EXPECT_EQ(ShownReading("[[a]]", read),
            "-\nt.toml:1:1: a must be a table, [a], not a list of tables");
}

TEST(TomlReaderTest, ReadsListsOfTables) {
  const auto read = [](TomlReader* r) { return std::to_string(r->Tables("a").size()); };
  EXPECT_EQ(ShownReading("[[a]]\n[[a]]\n", read), "2");
  EXPECT_EQ(ShownReading("a = []", read), "0");
  EXPECT_EQ(ShownReading("[a]", read),
            "0\nt.toml:1:1: a must be a list of tables, [[a]], not a table");
  EXPECT_EQ(ShownReading("a = [{}, 5]", read),
            "1\nt.toml:1:10: a has the integer 5 in it; each is a table, [[a]]");
}

TEST(TomlReaderTest, ReportsUnknownKeysWithTheirPlace) {
  const auto read = [](TomlReader* r) { return r->String("limit").value_or("-"); };
  EXPECT_EQ(ShownReading("x = 1\n\nlimti = 2\n", read),
            "-\nt.toml:3:1: unknown key \"limti\"; did you mean \"limit\"?"
            "\nt.toml:1:1: unknown key \"x\"; known keys: limit");
  EXPECT_EQ(ShownString("schedule = 1"), "-\nt.toml:1:1: unknown key \"schedule\"; known keys: a");
  EXPECT_EQ(ShownString("\"a\\nb\" = 1"), "-\nt.toml:1:1: unknown key \"a\\x0Ab\"; known keys: a");
}

TEST(TomlReaderTest, NamesTheTable) {
  TomlText toml = ParseToml("t.toml", "[retry]\nattempts = 'x'\nb = 1\n");
  TomlReader reader(&toml, toml.table["retry"].as_table(), "[retry]");
  EXPECT_FALSE(reader.Integer("attempts", 1, 3));
  reader.Finish();
  ASSERT_EQ(toml.problems.size(), 2u);
  EXPECT_EQ(ToString(toml.problems[0]),
            "t.toml:2:12: [retry]: attempts must be an integer, not the text \"x\"");
  EXPECT_EQ(ToString(toml.problems[1]),
            "t.toml:3:1: unknown key \"b\" in [retry]; known keys: attempts");
}

TEST(TomlReaderTest, SaysNothingOfWhatADamagedTextLacks) {
  const auto read = [](TomlReader* r) {
    r->ReportMissing("a", "there is no a");
    return std::string();
  };
  EXPECT_EQ(ShownReading("", read), "\nt.toml:1:1: there is no a");
  EXPECT_EQ(ShownReading("a =", read),
            "\nt.toml:1:4: TOML: key-value pair: encountered end-of-file; "
            "what begins in line 1 or below is not closed");
}

TEST(TomlReaderTest, KnowsPlacesOfKeys) {
  TomlText toml = ParseToml("t.toml", "\n[b]\nx = 1\n");
  const TomlReader reader(&toml, toml.table["b"].as_table(), "");
  EXPECT_TRUE(reader.Has("x"));
  EXPECT_FALSE(reader.Has("y"));
  EXPECT_EQ(reader.PlaceOf("x").begin.line, 3u);
  EXPECT_EQ(reader.PlaceOf("y").begin.line, 2u);
}

TEST(TomlReaderTest, ReportsAHundredUnknownKeysAtMost) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const std::string shown = ShownString(text);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 100);
}

}  // namespace
}  // namespace cellar
