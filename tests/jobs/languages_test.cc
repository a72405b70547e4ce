#include "jobs/languages.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

TEST(LanguagesTest, AreKnownByManyNames) {
  EXPECT_EQ(LanguageNamed("IPython3"), "python");
  EXPECT_EQ(LanguageNamed("R"), "r");
  EXPECT_EQ(LanguageNamed("Matlab"), "octave");
  EXPECT_EQ(LanguageNamed("Haskell"), "haskell");
  EXPECT_EQ(LanguageNamed(""), "");
}

TEST(LanguagesTest, AreGuessedFromKernelspecs) {
  EXPECT_EQ(LanguageOfKernel("python3"), "python");
  EXPECT_EQ(LanguageOfKernel("ir"), "r");
  EXPECT_EQ(LanguageOfKernel("ir-4.2"), "r");
  EXPECT_EQ(LanguageOfKernel("Julia-1.9"), "julia");
  EXPECT_EQ(LanguageOfKernel("irkalla"), "");
  EXPECT_EQ(LanguageOfKernel(""), "");
}

TEST(LanguagesTest, AreKnownByTheEndingsOfScripts) {
  ASSERT_NE(ScriptLanguageOf("a/b.R"), nullptr);
  EXPECT_EQ(ScriptLanguageOf("a/b.R")->name, "r");
  EXPECT_EQ(ScriptLanguageOf("b.jl")->comment, "#");
  EXPECT_EQ(ScriptLanguageOf("py"), nullptr);
  EXPECT_EQ(ScriptLanguageOf(".py"), nullptr);
  EXPECT_EQ(ScriptLanguageOf("-"), nullptr);
}

}  // namespace
}  // namespace cellar
