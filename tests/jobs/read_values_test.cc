#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "jobs/parameters.h"
#include "jobs/value.h"

namespace cellar {
namespace {

// The problems, then the values.
std::string ReadValuesText(const std::string& path, std::string_view text) {
  std::vector<std::string> problems;
  const auto values = ReadValues(path, text, &problems);
  std::string shown;
  for (const std::string& problem : problems) shown += problem + "\n";
  for (const auto& [name, value] : values) shown += name + "=" + value.dump() + " ";
  return shown;
}

TEST(ReadValuesTest, ReadsTomlAndJson) {
  EXPECT_EQ(ReadValuesText("v.toml", "b = 1\na = 'x'\n[t]\nc = [2.5]\n"),
            "b=1 a=\"x\" t={\"c\":[2.5]} ");
  EXPECT_EQ(ReadValuesText("v.json", R"({"b": 1, "a": "x", "t": {"c": [2.5]}})"),
            "b=1 a=\"x\" t={\"c\":[2.5]} ");
}

TEST(ReadValuesTest, TellsOtherFilesByTheirContent) {
  EXPECT_EQ(ReadValuesText("-", " {\"a\": 1}"), "a=1 ");
  EXPECT_EQ(ReadValuesText("-", "a = 1"), "a=1 ");
  EXPECT_EQ(ReadValuesText("v", "\xEF\xBB\xBF{\"a\": 1}"), "a=1 ");
}

TEST(ReadValuesTest, ReportsBadToml) {
  EXPECT_EQ(ReadValuesText("v.toml", "a = nan\nb = 1\n"),
            "v.toml:1:5: \"a\": nan is no number that JSON can hold\nb=1 ");
  EXPECT_EQ(ReadValuesText("v.toml", "a = x\n[b]\n"),
            "v.toml:1:5: TOML: value: could not determine value type; text stands between quotes\n"
            "b={} ");
}

TEST(ReadValuesTest, ReportsBadJson) {
  EXPECT_EQ(ReadValuesText("v.json", "{\"a\": }"),
            "v.json:1:7: no JSON: syntax error while parsing value - unexpected '}'; expected '[', "
            "'{', or a literal\n");
  EXPECT_EQ(ReadValuesText("v.json", "[1]"),
            "v.json:1:1: holds a list, not a table; write {\"name\": value, …}\n");
  EXPECT_EQ(
      ReadValuesText("v.json", R"({"a": null, "b": [null], "c": 18446744073709551615, "d": 1})"),
      "v.json: \"a\": null is no value\nv.json: \"b\": null is no value\n"
      "v.json: \"c\": 18446744073709551615 is more than 2^63-1\nd=1 ");
  EXPECT_EQ(ReadValuesText("v.json", "{\"a\": " + std::string(100'000, '[')),
            "v.json:1:106: no JSON: nested deeper than 100 levels\n");
}

TEST(ReadValuesTest, LimitsSizeAndNumber) {
  EXPECT_EQ(ReadValuesText("v.json", std::string((16 << 20) + 1, ' ')),
            "v.json: is larger than 16 MiB; pass the path of a file\n");
  std::string toml;
  std::string json = "{\"x\": 1";
  for (int i = 0; i < 1'001; ++i) {
    toml += "p" + std::to_string(i) + " = 1\n";
    json += ", \"p" + std::to_string(i) + "\": 1";
  }
  EXPECT_EQ(ReadValuesText("v.toml", toml), "v.toml:1:1: more than 1000 values\n");
  EXPECT_EQ(ReadValuesText("v.json", json + "}"),
            "v.json:1:" + std::to_string(json.find("\"p999\":") + 7) +
                ": no JSON: a table of more than 1000 keys\n");
}

RC_GTEST_PROP(ReadValuesTest, TakesAnyBytes, (const std::string& text)) {
  for (const char* path : {"v.toml", "v.json", "-"}) {
    std::vector<std::string> problems;
    for (const auto& [name, value] : ReadValues(path, text, &problems)) {
      RC_ASSERT(!FaultOf(value));
    }
  }
}

}  // namespace
}  // namespace cellar
