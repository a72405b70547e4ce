#include "jobs/spelling.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cellar {
namespace {

const std::vector<std::string> kKeys{"name", "timeout", "cell_timeout", "on_error"};

TEST(SpellingTest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(NearestWord("naem", kKeys), "name");
  EXPECT_EQ(NearestWord("tiemout", kKeys), "timeout");
  EXPECT_EQ(NearestWord("Timeout", kKeys), "timeout");
  EXPECT_EQ(NearestWord("cell-timeout", kKeys), "cell_timeout");
  EXPECT_EQ(NearestWord("onerror", kKeys), "on_error");
  EXPECT_EQ(NearestWord("names", kKeys), "name");
}

TEST(SpellingTest, FindsNoneThatIsFar) {
  EXPECT_EQ(NearestWord("", kKeys), std::nullopt);
  EXPECT_EQ(NearestWord("schedule", kKeys), std::nullopt);
  EXPECT_EQ(NearestWord("xy", {"on"}), std::nullopt);
  EXPECT_EQ(NearestWord("ab", {"x"}), std::nullopt);
  EXPECT_EQ(NearestWord(std::string(65, 'n'), {std::string(65, 'n')}), std::nullopt);
}

TEST(SpellingTest, SuggestsOneWordOrAll) {
  EXPECT_EQ(SuggestWord("naem", kKeys, "keys"), "did you mean \"name\"?");
  EXPECT_EQ(SuggestWord("x", {"limit", "source"}, "parameters"), "known parameters: limit, source");
  EXPECT_EQ(SuggestWord("x", {}, "parameters"), "there are no parameters here");
}

RC_GTEST_PROP(SpellingTest, EveryKnownWordIsNearestToItself, ()) {
  const auto word = *rc::gen::elementOf(kKeys);
  RC_ASSERT(NearestWord(word, kKeys) == word);
}

RC_GTEST_PROP(SpellingTest, TakesAnyWord, (const std::string& word)) {
  RC_ASSERT(!SuggestWord(word, kKeys, "keys").empty());
}

}  // namespace
}  // namespace cellar
