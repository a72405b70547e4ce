#include "jobs/constraint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "jobs/pattern.h"
#include "jobs/value.h"

namespace cellar {
namespace {

std::string Broken(const Constraint& constraint, const Value& value) {
  return BreaksConstraint(constraint, value).value_or("kept");
}

TEST(ConstraintTest, HoldsValuesToTheirType) {
  const std::vector<Value> values{"x", 1, 1.5, true, Value::array(), Value::object()};
  std::string table;
  for (std::size_t type = 0; type < ParameterTypeWords().size(); ++type) {
    Constraint constraint;
    constraint.type = static_cast<ParameterType>(type);
    table += ParameterTypeWords()[type] + ":";
    for (const Value& value : values) {
      table += Broken(constraint, value) == "kept" ? " " + value.dump() : "";
    }
    table += "\n";
  }
  EXPECT_EQ(table,
            "string: \"x\"\ninteger: 1\nfloat: 1 1.5\nboolean: true\narray: []\ntable: {}\n");
}

TEST(ConstraintTest, ComparesIntegersWithFloats) {
  Constraint constraint;
  constraint.min = 0.5;
  constraint.max = 2;
  EXPECT_EQ(Broken(constraint, 1), "kept");
  EXPECT_EQ(Broken(constraint, 2.0), "kept");
  EXPECT_EQ(Broken(constraint, 0.5), "kept");
  EXPECT_EQ(Broken(constraint, 0), "is 0, less than 0.5");
  EXPECT_EQ(Broken(constraint, 2.5), "is 2.5, more than 2");
}

TEST(ConstraintTest, OffersChoicesOfAnyKind) {
  Constraint constraint;
  constraint.choices = {"a", 1, Value::array({1, 2})};
  EXPECT_EQ(Broken(constraint, "a"), "kept");
  EXPECT_EQ(Broken(constraint, 1.0), "kept");
  EXPECT_EQ(Broken(constraint, Value::array({1, 2})), "kept");
  EXPECT_EQ(Broken(constraint, "b"), "is \"b\", none of \"a\", 1, [1,2]");
}

TEST(ConstraintTest, MatchesTheWholeText) {
  Constraint constraint;
  constraint.pattern = "a.c";
  EXPECT_EQ(Broken(constraint, "abc"), "kept");
  EXPECT_EQ(Broken(constraint, "a€c"), "kept");
  EXPECT_EQ(Broken(constraint, "xabc"), "is \"xabc\", which does not match the pattern a.c");
  EXPECT_EQ(Broken(constraint, 5), "must be a text, not the integer 5");
}

TEST(PatternTest, EndsOnHostilePatternsAndTexts) {
  EXPECT_EQ(MatchesPattern("(a+)+b", std::string(100, 'a')), std::nullopt);
  EXPECT_EQ(MatchesPattern("(a|b)*", std::string(1'000, 'a')), true);
  EXPECT_EQ(MatchesPattern(".*", std::string(1'000'000, 'a')), true);
  EXPECT_NE(PatternFault(std::string(100'000, '(')), std::nullopt);
  EXPECT_NE(PatternFault("a{2,1}"), std::nullopt);
  EXPECT_NE(PatternFault("\xFF"), std::nullopt);
  EXPECT_EQ(PatternFault("\\d{4}-\\d{2}(?=x)|é"), std::nullopt);
}

RC_GTEST_PROP(PatternTest, TakesAnyPattern, (const std::string& pattern, const std::string& text)) {
  if (PatternFault(pattern)) return;
  if (FaultOf(Value(text))) return;
  MatchesPattern(pattern, text);
}

}  // namespace
}  // namespace cellar
