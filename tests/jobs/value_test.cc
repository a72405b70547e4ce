#include "jobs/value.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

TEST(ValueTest, DescribesEveryKind) {
  EXPECT_EQ(Describe(Value("x")), "the text \"x\"");
  EXPECT_EQ(Describe(Value(5)), "the integer 5");
  EXPECT_EQ(Describe(Value(2.5)), "the float 2.5");
  EXPECT_EQ(Describe(Value(true)), "true");
  EXPECT_EQ(Describe(Value::array()), "a list");
  EXPECT_EQ(Describe(Value::object()), "a table");
  EXPECT_EQ(Describe(Value(nullptr)), "null");
}

TEST(ValueTest, KnowsVariableNames) {
  for (const char* name : {"a", "_", "a1", "Ab_c"}) EXPECT_TRUE(IsIdentifier(name)) << name;
  for (const char* name : {"", "1a", "a b", "a-b", "a.b", "é"}) {
    EXPECT_FALSE(IsIdentifier(name)) << name;
  }
}

TEST(ValueTest, KnowsWhatListsAreMadeOf) {
  EXPECT_EQ(KindOfElements(Value::array()), ElementKind::kNone);
  EXPECT_EQ(KindOfElements({"a", "b"}), ElementKind::kTexts);
  EXPECT_EQ(KindOfElements(Value::array({1, 2})), ElementKind::kIntegers);
  EXPECT_EQ(KindOfElements(Value::array({1.5, 2.5})), ElementKind::kFloats);
  EXPECT_EQ(KindOfElements(Value::array({1, 2.5, 3})), ElementKind::kNumbers);
  EXPECT_EQ(KindOfElements(Value::array({true})), ElementKind::kBooleans);
  EXPECT_EQ(KindOfElements(Value::array({1, "a"})), ElementKind::kMixed);
  EXPECT_EQ(KindOfElements(Value::array({1, true})), ElementKind::kMixed);
  EXPECT_EQ(KindOfElements(Value::array({1, "a", 2})), ElementKind::kMixed);
  EXPECT_EQ(KindOfElements(Value::array({Value::array()})), ElementKind::kMixed);
}

}  // namespace
}  // namespace cellar
