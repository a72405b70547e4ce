#include "store/shrink_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cellar {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

TEST(ShrinkBodyTest, KeepsTheSmallMimeTypes) {
  const json body = {
      {"data", {{"text/plain", "<Figure>"}, {"image/png", std::string(100'000, 'A')}}},
      {"metadata", json::object()}};
  const ShrunkBody shrunk = ShrinkBody(body.dump());
  EXPECT_EQ(shrunk.body, R"({"data":{"text/plain":"<Figure>"},"metadata":{}})");
  EXPECT_EQ(shrunk.dropped, Names{"image/png (97.7 KiB)"});
}

TEST(ShrinkBodyTest, MeasuresJsonAsItsText) {
  const json body = {{"data", {{"application/json", json::array({std::string(70'000, 'x')})}}}};
  const ShrunkBody shrunk = ShrinkBody(body.dump());
  EXPECT_EQ(shrunk.body, R"({"data":{}})");
  EXPECT_EQ(shrunk.dropped, Names{"application/json (68.4 KiB)"});
}

TEST(ShrinkBodyTest, KeepsTheEndOfATracebackAndTheBeginningOfTheMessage) {
  const json body = {
      {"ename", "ValueError"},
      {"evalue", std::string(100'000, 'v')},
      {"traceback", {std::string(60'000, 'a'), std::string(60'000, 'b'), "at line 3"}}};
  const ShrunkBody shrunk = ShrinkBody(body.dump());
  const json kept = json::parse(shrunk.body);
  EXPECT_EQ(kept.at("ename"), "ValueError");
  EXPECT_EQ(kept.at("evalue"), std::string(65'536, 'v'));
  EXPECT_EQ(kept.at("traceback"), (json{std::string(60'000, 'b'), "at line 3"}));
  EXPECT_EQ(shrunk.dropped,
            (Names{"the end of evalue (97.7 KiB)", "the beginning of traceback (117.2 KiB)"}));
}

TEST(ShrinkBodyTest, CutsTheMessageBetweenCharacters) {
  std::string message;
  while (message.size() < 100'000) message += "€";
  const ShrunkBody shrunk = ShrinkBody(json{{"evalue", message}}.dump());
  EXPECT_EQ(json::parse(shrunk.body).at("evalue").get<std::string>().size(), 65'535u);
}

TEST(ShrinkBodyTest, GivesUpOnWhatIsNestedTooDeep) {
  const std::string body = R"({"data":{"application/json":)" + std::string(100'000, '[') +
                           std::string(100'000, ']') + "}}";
  const ShrunkBody shrunk = ShrinkBody(body);
  EXPECT_EQ(shrunk.body, "{}");
  EXPECT_EQ(shrunk.dropped, Names{"an output (195.3 KiB)"});
}

}  // namespace
}  // namespace cellar
