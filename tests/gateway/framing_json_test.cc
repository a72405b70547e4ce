#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "runner/gateway/message_json.h"

namespace cellar {
namespace {

using nlohmann::json;

std::string Read(std::string_view text) {
  json value;
  std::string fault;
  if (!ReadMessageJson(text, value, fault)) return "fault: " + fault;
  return value.dump();
}

TEST(MessageJsonTest, ReadsEveryKindOfValue) {
  const std::string text =
      R"({"a":[],"b":{},"c":[1,-2,1.5,-1e+30],"d":"x","e":true,"f":false,"g":null})";
  EXPECT_EQ(Read(text), text);
  EXPECT_EQ(Read(" \t\r\n[ 1 , { \"a\" : 2 } ] \n"), R"([1,{"a":2}])");
  EXPECT_EQ(Read("0"), "0");
  EXPECT_EQ(Read("-0"), "0");
  EXPECT_EQ(Read("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(Read("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(Read("18446744073709551616"), "1.8446744073709552e+19");
  EXPECT_EQ(Read("1e-999"), "0.0");
  EXPECT_EQ(Read(R"({"a":1,"a":2})"), R"({"a":2})");
}

TEST(MessageJsonTest, ReadsEscapes) {
  EXPECT_EQ(Read(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")"),
            "\"\\\"\\\\/\\b\\f\\n\\r\\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  EXPECT_EQ(Read(R"("\u0000")"), R"("\u0000")");
}

TEST(MessageJsonTest, RepairsText) {
  EXPECT_EQ(Read("\"a\xff\xc3(\xed\xa0\x80z\xe2\x82\""),
            "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbdz\xef\xbf\xbd\"");
  EXPECT_EQ(Read(R"("\ud800 \udc00 \ud800\ud83d\ude00 \ud800\n \ud800\u0041")"),
            "\"\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd\xf0\x9f\x98\x80 \xef\xbf\xbd\\n "
            "\xef\xbf\xbd"
            "A\"");
  EXPECT_EQ(Read("{\"\xff\":1}"), "{\"\xef\xbf\xbd\":1}");
  EXPECT_EQ(Read("\"a\nb\x01\""), R"("a\nb\u0001")");
}

TEST(MessageJsonTest, ReadsNumbersThatJsonLacksAsNull) {
  EXPECT_EQ(Read("[NaN,Infinity,-Infinity,1e999,-1e999]"), "[null,null,null,null,null]");
  EXPECT_EQ(Read(R"(["NaN","-Infinity"])"), R"(["NaN","-Infinity"])");
}

TEST(MessageJsonTest, SaysWhereItStops) {
  EXPECT_EQ(Read(""), "fault: the JSON ends too early at byte 0");
  EXPECT_EQ(Read("[1,"), "fault: the JSON ends too early at byte 3");
  EXPECT_EQ(Read("[1,]"), "fault: no JSON value at byte 3");
  EXPECT_EQ(Read("[1"), "fault: neither `,` nor `]` at byte 2");
  EXPECT_EQ(Read(R"({"a":1)"), "fault: neither `,` nor `}` at byte 6");
  EXPECT_EQ(Read(R"({"a":1,})"), "fault: no string where a key should be at byte 7");
  EXPECT_EQ(Read(R"({"a" 1})"), "fault: no `:` behind a key at byte 5");
  EXPECT_EQ(Read("1 2"), "fault: text after the end of the JSON at byte 2");
  EXPECT_EQ(Read("\"abc"), "fault: a string that does not end at byte 1");
  EXPECT_EQ(Read("\"abc\\"), "fault: a string that does not end at byte 1");
  EXPECT_EQ(Read("\"abc\\\""), "fault: a string that does not end at byte 1");
  EXPECT_EQ(Read(R"("\x41")"), "fault: an unknown escape in a string at byte 1");
  EXPECT_EQ(Read(R"("\u12")"), "fault: `\\u` without four hexadecimal digits at byte 1");
  EXPECT_EQ(Read(R"("\u12g4")"), "fault: `\\u` without four hexadecimal digits at byte 1");
  EXPECT_EQ(Read("01"), "fault: no JSON value at byte 2");
  EXPECT_EQ(Read("-"), "fault: no JSON value at byte 1");
  EXPECT_EQ(Read("1."), "fault: no digit behind a decimal point at byte 2");
  EXPECT_EQ(Read("1e+"), "fault: no digit in an exponent at byte 3");
  EXPECT_EQ(Read("nul"), "fault: no JSON value at byte 0");
}

TEST(MessageJsonTest, LimitsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(Read(nested(500)), nested(500));
  EXPECT_EQ(Read(nested(501)), "fault: nested deeper than 500 levels at byte 500");
  EXPECT_EQ(Read(std::string(1'000'000, '[')), "fault: nested deeper than 500 levels at byte 500");
}

json AnyJson(int depth) {
  switch (*rc::gen::inRange(0, depth == 0 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<double>();
    case 4:
      return *rc::gen::string<std::string>();
    case 5: {
      json array = json::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) array.push_back(AnyJson(depth - 1));
      return array;
    }
    default: {
      json object = json::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        object[*rc::gen::string<std::string>()] = AnyJson(depth - 1);
      }
      return object;
    }
  }
}

RC_GTEST_PROP(MessageJsonTest, ReadsWhatNlohmannReads, (bool ascii, bool indented)) {
  const std::string text =
      AnyJson(4).dump(indented ? 2 : -1, ' ', ascii, json::error_handler_t::replace);
  json value;
  std::string fault;
  RC_ASSERT(ReadMessageJson(text, value, fault));
  RC_ASSERT(value == json::parse(text));
}

// Pieces that JSON is made of, in any order, so that much of it is nearly JSON.
RC_GTEST_PROP(MessageJsonTest, AgreesWithNlohmannOnWhatIsJson, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("[", "]", "{", "}", ",", ":", "\"", "\\", "1", "0", "-", ".",
                                    "e", "null", "true", " ", "a", "\\u00e9", "\"a\"", "\"a\":"));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  json value;
  std::string fault;
  RC_ASSERT(ReadMessageJson(text, value, fault) == json::accept(text));
  if (json::accept(text)) RC_ASSERT(value == json::parse(text));
}

}  // namespace
}  // namespace cellar
