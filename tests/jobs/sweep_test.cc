#include "jobs/sweep.h"

#include <gtest/gtest.h>

#include "tests/jobs/reading.h"

namespace cellar {
namespace {

std::string ValuesOf(std::string_view text) {
  std::vector<std::string> problems;
  const SweepAxis axis = ParseSweepAxis(text, &problems);
  if (!problems.empty()) return problems.front();
  std::string shown = axis.name + ":";
  for (const Value& value : axis.values) shown += " " + value.dump();
  return shown;
}

Sweep SweepOf(const std::vector<std::string>& texts) {
  std::vector<std::string> problems;
  std::vector<SweepAxis> axes;
  for (const std::string& text : texts) axes.push_back(ParseSweepAxis(text, &problems));
  EXPECT_TRUE(problems.empty());
  return Sweep(axes);
}

std::string SweepProblems(const std::vector<std::string>& texts) {
  constexpr std::string_view kParameters = R"(
[parameters]
limit = 5
mode = "a"
[constraints]
limit = {min = 1, max = 10}
who = {required = true}
)";
  const Job job = *Read("job.toml", WithCell(kParameters)).job;
  std::string shown;
  for (const std::string& problem : ProblemsOfSweep(SweepOf(texts), {{"mode", "b"}}, job)) {
    shown += problem + "\n";
  }
  return shown;
}

TEST(SweepTest, ReadsEachValueAsOneGivenAlone) {
  EXPECT_EQ(ValuesOf("limit=1,5,10"), "limit: 1 5 10");
  EXPECT_EQ(ValuesOf("x=1,0.5,true,a b,\"1\""), "x: 1 0.5 true \"a b\" \"1\"");
  EXPECT_EQ(ValuesOf("x=a=b"), "x: \"a=b\"");
}

TEST(SweepTest, SeparatesNothingWithinQuotesAndBrackets) {
  EXPECT_EQ(ValuesOf("x=[1,2],[3]"), "x: [1,2] [3]");
  EXPECT_EQ(ValuesOf("x={a=1,b=[2,3]},7"), "x: {\"a\":1,\"b\":[2,3]} 7");
  EXPECT_EQ(ValuesOf(R"(x="a,b",'c,d',"e\",f")"), R"(x: "a,b" "c,d" "e\",f")");
  EXPECT_EQ(ValuesOf("x=it's,o'clock"), "x: \"it's\" \"o'clock\"");
}

TEST(SweepTest, SaysWhatIsNoSweep) {
  EXPECT_EQ(ValuesOf("limit"), "--sweep limit: not of the form name=value,value");
  EXPECT_EQ(ValuesOf("=1,2"), "--sweep =1,2: not of the form name=value,value");
  EXPECT_EQ(ValuesOf("limit=1,,2"),
            "--sweep limit=1,,2: an empty value; for an empty text write '\"\"'");
  EXPECT_EQ(ValuesOf("limit="), "--sweep limit=: an empty value; for an empty text write '\"\"'");
}

TEST(SweepTest, CombinesEachValueWithEachTheLastFastest) {
  const Sweep sweep = SweepOf({"limit=1,5,10", "mode=a,b"});
  std::string shown;
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    for (const auto& [name, value] : sweep.At(i)) shown += name + "=" + value.dump() + " ";
    shown += "\n";
  }
  EXPECT_EQ(shown,
            "limit=1 mode=\"a\" \nlimit=1 mode=\"b\" \nlimit=5 mode=\"a\" \nlimit=5 mode=\"b\" \n"
            "limit=10 mode=\"a\" \nlimit=10 mode=\"b\" \n");
  EXPECT_EQ(SweepOf({}).size(), 1U);
}

TEST(SweepTest, HoldsEachValueToTheConstraintsOnce) {
  EXPECT_EQ(SweepProblems({"limit=1,5", "who=me,you"}), "");
  EXPECT_EQ(SweepProblems({"limit=1,0,11,5", "who=me,you"}),
            "parameter limit is 0, less than 1\nparameter limit is 11, more than 10\n");
  EXPECT_EQ(SweepProblems({"limti=1,2", "who=me"}),
            "unknown parameter \"limti\"; did you mean \"limit\"?\n");
  EXPECT_EQ(SweepProblems({"limit=1,2"}), "parameter who is required; give it: -p who=…\n");
}

TEST(SweepTest, RefusesANameTwiceAndTooManyRuns) {
  EXPECT_EQ(SweepProblems({"who=me", "who=you"}),
            "parameter who: two sweeps; give all values to one\n");
  std::string many = "limit=0";
  for (int i = 1; i < 400; ++i) many += "," + std::to_string(i);
  EXPECT_EQ(SweepProblems({many, "mode" + many.substr(5)}),
            "the sweep makes more than 100000 runs; split it into several\n");
}

}  // namespace
}  // namespace cellar
