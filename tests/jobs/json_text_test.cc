#include "jobs/json_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/source_text.h"

namespace cellar {
namespace {

std::string ShownFault(const std::optional<JsonFault>& fault) {
  if (!fault) return "sound";
  return std::to_string(fault->line) + ":" + std::to_string(fault->column) + ": " + fault->what;
}

std::string FaultOfParsing(std::string_view text, int max_depth = 500) {
  nlohmann::json json;
  return ShownFault(ParseJson(text, max_depth, &json));
}

TEST(JsonTextTest, ParsesIntoBothKinds) {
  nlohmann::json json;
  nlohmann::ordered_json ordered;
  const std::string text = "\xEF\xBB\xBF{\"b\": [1, 2.5, \"é\"], \"a\": null}";
  EXPECT_EQ(ShownFault(ParseJson(text, 500, &json)), "sound");
  EXPECT_EQ(ShownFault(ParseJson(text, 500, &ordered)), "sound");
  EXPECT_EQ(json.dump(), R"({"a":null,"b":[1,2.5,"é"]})");
  EXPECT_EQ(ordered.dump(), R"({"b":[1,2.5,"é"],"a":null})");
}

TEST(JsonTextTest, NamesPlaceAndReason) {
  EXPECT_EQ(FaultOfParsing("{\n  \"a\": x}"),
            "2:8: syntax error while parsing value - invalid literal; last read: '\"a\": x'");
  EXPECT_EQ(
      FaultOfParsing(""),
      "1:1: syntax error while parsing value - unexpected end of input; expected '[', '{', or "
      "a literal");
  EXPECT_EQ(FaultOfParsing("1 2"),
            "1:3: syntax error while parsing value - unexpected number literal; expected end of "
            "input");
  EXPECT_EQ(FaultOfParsing("1e999"), "1:1: number overflow parsing '1e999'");
  EXPECT_EQ(FaultOfParsing("[\"\xFF\"]"),
            "1:3: syntax error while parsing value - invalid string: ill-formed UTF-8 byte; last "
            "read: '\"\xEF\xBF\xBD'");
}

TEST(JsonTextTest, LeavesTheResultAloneOnAFault) {
  nlohmann::json json = 5;
  EXPECT_TRUE(ParseJson("[1,", 500, &json));
  EXPECT_EQ(json, 5);
}

TEST(JsonTextTest, LimitsTheDepthBeforeItParses) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(FaultOfParsing(deep), "1:501: nested deeper than 500 levels");
  EXPECT_EQ(FaultOfParsing(deep + std::string(100'000, ']')),
            "1:501: nested deeper than 500 levels");
  EXPECT_EQ(FaultOfParsing(std::string(500, '[') + std::string(500, ']')), "sound");
  EXPECT_EQ(FaultOfParsing("{\"a\":\n{\"b\": 1}}", 1), "2:1: nested deeper than 1 levels");
}

TEST(JsonTextTest, CountsNoBracketsWithinStrings) {
  EXPECT_EQ(ShownFault(FindTooDeep(R"(["[[[\"[[", "\\", [1]])", 2)), "sound");
  EXPECT_EQ(ShownFault(FindTooDeep(R"(["\\", [[1]]])", 2)), "1:9: nested deeper than 2 levels");
  EXPECT_EQ(ShownFault(FindTooDeep("]]]][", 1)), "sound");
}

TEST(JsonTextTest, LeavesOutAKeyAndLimitsTheRest) {
  nlohmann::json json;
  const std::string text = R"({"a": [{"big": [1, 2, {"x": 3}], "b": 4}], "big": 5})";
  EXPECT_EQ(ShownFault(ParseJsonWithout("big", 4, text, 500, &json)), "sound");
  EXPECT_EQ(json.dump(), R"({"a":[{"b":4}]})");
  EXPECT_EQ(ShownFault(ParseJsonWithout("big", 3, text, 500, &json)), "1:1: more than 3 values");
}

TEST(JsonTextTest, CountsWhatFollowsAKeyThatIsLeftOut) {
  nlohmann::json json;
  const std::string text = R"([{"x": [0, {"y": 1}]}, 2, {"x": {"x": 3}, "z": 4}, {"x": 5}])";
  EXPECT_EQ(ShownFault(ParseJsonWithout("x", 6, text, 500, &json)), "sound");
  EXPECT_EQ(json.dump(), R"([{},2,{"z":4},{}])");
  EXPECT_EQ(ShownFault(ParseJsonWithout("x", 5, text, 500, &json)), "1:1: more than 5 values");
}

RC_GTEST_PROP(JsonTextTest, TakesAnyBytes, (const std::string& text)) {
  nlohmann::json json;
  const auto fault = ParseJson(text, 10, &json);
  if (!fault) return;
  RC_ASSERT(!FindInvalidUtf8(fault->what));
  RC_ASSERT(fault->what.find('\n') == std::string::npos);
  RC_ASSERT(fault->line >= 1 && fault->column >= 1);
}

}  // namespace
}  // namespace cellar
