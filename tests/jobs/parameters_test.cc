#include "jobs/parameters.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "jobs/value.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

constexpr std::string_view kParameters = R"(
[parameters]
source = "a.csv"
limit = 5
rate = 0.5
on = true
nested = {a = [1]}
[constraints]
limit = {min = 1, max = 10}
rate = {type = "float", choices = [0.5, 1.0]}
source = {type = "string", pattern = '[a-z]\.csv'}
who = {required = true}
)";

// The problems, or the values that the job then has.
std::string Given(const std::vector<std::string>& assignments) {
  Job job = *Read("job.toml", WithCell(kParameters)).job;
  const std::string before = job.parameters[0].value->dump();
  std::vector<std::pair<std::string, Value>> given;
  for (const std::string& text : assignments) given.push_back(ParseAssignment(text).value());
  std::string shown;
  for (const std::string& problem : GiveParameters(given, &job)) shown += problem + "\n";
  if (!shown.empty()) {
    EXPECT_EQ(job.parameters[0].value->dump(), before);
    return shown;
  }
  for (const Parameter& p : job.parameters) {
    shown += p.name + "=" + (p.value ? p.value->dump() : "-") + " ";
  }
  return shown;
}

TEST(GiveParametersTest, LaysValuesOverDefaults) {
  EXPECT_EQ(Given({"who=me"}),
            "source=\"a.csv\" limit=5 rate=0.5 on=true nested={\"a\":[1]} who=\"me\" ");
  EXPECT_EQ(Given({"who=me", "limit=7", "rate=1", "source=b.csv", "limit=8", "nested=[]"}),
            "source=\"b.csv\" limit=8 rate=1.0 on=true nested=[] who=\"me\" ");
}

TEST(GiveParametersTest, ReportsEveryProblem) {
  EXPECT_EQ(Given({"limti=1", "limit=0", "rate=2", "source=B.csv", "x=1"}),
            "unknown parameter \"limti\"; did you mean \"limit\"?\n"
            "parameter limit is 0, less than 1\n"
            "parameter rate is 2, none of 0.5, 1.0\n"
            "parameter source is \"B.csv\", which does not match the pattern [a-z]\\.csv\n"
            "unknown parameter \"x\"; known parameters: source, limit, rate, on, nested, who\n"
            "parameter who is required; give it: -p who=…\n");
  EXPECT_EQ(Given({"who=1", "limit=11"}), "parameter limit is 11, more than 10\n");
  EXPECT_EQ(Given({"who=1", "limit=x"}), "parameter limit must be a number, not the text \"x\"\n");
  EXPECT_EQ(Given({"who=1", "rate=true"}), "parameter rate must be of type float, not true\n");
}

TEST(GiveParametersTest, SaysHowANumberStaysText) {
  EXPECT_EQ(Given({"who=1", "source=5"}),
            "parameter source must be of type string, not the integer 5; for a text write -p "
            "source='\"…\"'\n");
}

TEST(GiveParametersTest, RefusesWhatJsonCannotHold) {
  EXPECT_EQ(Given({"who=nan"}), "parameter who: nan is no number that JSON can hold\n");
  EXPECT_EQ(Given({"who=[inf]"}), "parameter who: inf is no number that JSON can hold\n");
  EXPECT_EQ(Given({"who=\xFF"}), "parameter who: a text that is not UTF-8\n");
  std::string table;
  for (int i = 0; i < 1'001; ++i) table += (i ? ", k" : "k") + std::to_string(i) + " = 1";
  EXPECT_EQ(Given({"who={" + table + "}"}), "parameter who: a table of more than 1000 keys\n");
  EXPECT_EQ(Given({"who=" + std::string(33, '[') + std::string(33, ']')}),
            "parameter who: nested deeper than 32 levels\n");
}

TEST(GiveParametersTest, SaysWhenAJobHasNone) {
  Job job = *Read("job.toml", WithCell("")).job;
  EXPECT_EQ(GiveParameters({{"x", 1}}, &job),
            std::vector<std::string>{"unknown parameter \"x\"; the job has none"});
  EXPECT_FALSE(HasParameterValues(job));
}

TEST(GiveParametersTest, KnowsWhetherThereIsAParameterCell) {
  Job job = *Read("a.py", "# %% tags=[\"parameters\"]\nn = 5\n").job;
  EXPECT_FALSE(HasParameterValues(job));
  EXPECT_EQ(GiveParameters({}, &job), std::vector<std::string>());
  EXPECT_FALSE(HasParameterValues(job));
  EXPECT_EQ(GiveParameters({{"n", 6}}, &job), std::vector<std::string>());
  EXPECT_TRUE(HasParameterValues(job));
}

std::string Assigned(std::string_view text) {
  const auto assignment = ParseAssignment(text);
  return assignment ? assignment->first + " " + assignment->second.dump() : "none";
}

TEST(ParseAssignmentTest, ReadsTomlValues) {
  EXPECT_EQ(Assigned("a=5"), "a 5");
  EXPECT_EQ(Assigned("a=-9223372036854775808"), "a -9223372036854775808");
  EXPECT_EQ(Assigned("a=1e3"), "a 1000.0");
  EXPECT_EQ(Assigned("a=true"), "a true");
  EXPECT_EQ(Assigned("a=\"5\""), "a \"5\"");
  EXPECT_EQ(Assigned("a='x y'"), "a \"x y\"");
  EXPECT_EQ(Assigned("a=[1, 'x']"), "a [1,\"x\"]");
  EXPECT_EQ(Assigned("a={b = 1, a = 2}"), "a {\"b\":1,\"a\":2}");
  EXPECT_EQ(Assigned("a=2024-02-29"), "a \"2024-02-29\"");
  EXPECT_EQ(Assigned("a=07:32:00"), "a \"07:32:00\"");
  EXPECT_EQ(Assigned("a=2024-02-29T07:32:00+01:00"), "a \"2024-02-29T07:32:00+01:00\"");
  EXPECT_EQ(Assigned("a= 5 "), "a 5");
}

TEST(ParseAssignmentTest, TakesTheRestAsText) {
  EXPECT_EQ(Assigned("a=other.csv"), "a \"other.csv\"");
  EXPECT_EQ(Assigned("a="), "a \"\"");
  EXPECT_EQ(Assigned("a=b=c"), "a \"b=c\"");
  EXPECT_EQ(Assigned("a=007"), "a \"007\"");
  EXPECT_EQ(Assigned("a=1.2.3"), "a \"1.2.3\"");
  EXPECT_EQ(Assigned("a=True"), "a \"True\"");
  EXPECT_EQ(Assigned("a=it's"), "a \"it's\"");
  EXPECT_EQ(Assigned("a=#1"), "a \"#1\"");
}

TEST(ParseAssignmentTest, TakesMoreThanOneValueAsText) {
  EXPECT_EQ(Assigned("a=5 # five"), "a \"5 # five\"");
  EXPECT_EQ(Assigned("a=5\nb=6"), "a \"5\\nb=6\"");
  EXPECT_EQ(Assigned("a=5, b=6"), "a \"5, b=6\"");
  EXPECT_EQ(Assigned("a=5 }"), "a \"5 }\"");
  EXPECT_EQ(Assigned("a=5 } # x"), "a \"5 } # x\"");
  EXPECT_EQ(Assigned("a=5 }\n#"), "a \"5 }\\n#\"");
  EXPECT_EQ(Assigned("a=5 }\nw = { x = 6"), "a \"5 }\\nw = { x = 6\"");
  EXPECT_EQ(Assigned("a=" + std::string(100'000, '[')).size(), 100'004u);
}

TEST(ParseAssignmentTest, NeedsANameAndASign) {
  EXPECT_EQ(Assigned("limit"), "none");
  EXPECT_EQ(Assigned("=5"), "none");
  EXPECT_EQ(Assigned(""), "none");
}

RC_GTEST_PROP(ParseAssignmentTest, TakesAnyText, (const std::string& text)) {
  const auto assignment = ParseAssignment("a=" + text);
  RC_ASSERT(assignment.has_value());
  RC_ASSERT(assignment->first == "a");
  Job job = *Read("job.toml", WithCell("[parameters]\na = 1")).job;
  if (GiveParameters({*assignment}, &job).empty()) RC_ASSERT(!FaultOf(assignment->second));
}

}  // namespace
}  // namespace cellar
