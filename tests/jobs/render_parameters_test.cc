#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/parameters.h"

namespace cellar {
namespace {

const std::vector<std::string> kLanguages{"python", "r", "julia", "octave", "javascript", "bash"};

std::string Rendered(std::string_view language, const Value& value, const std::string& name = "p") {
  try {
    return RenderParameters(language, {{name, value, {}}}).value_or("none");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

// A line for each language.
std::string InEach(const Value& value) {
  std::string lines;
  for (const std::string& language : kLanguages) lines += Rendered(language, value) + "\n";
  return lines;
}

TEST(RenderTest, WritesPlainValues) {
  EXPECT_EQ(InEach("a.csv"),
            "p = \"a.csv\"\np <- \"a.csv\"\np = \"a.csv\"\np = \"a.csv\";\nvar p = \"a.csv\";\n"
            "p=a.csv\n");
  EXPECT_EQ(InEach(5), "p = 5\np <- 5L\np = 5\np = 5;\nvar p = 5;\np=5\n");
  EXPECT_EQ(InEach(-2.5), "p = -2.5\np <- -2.5\np = -2.5\np = -2.5;\nvar p = -2.5;\np=-2.5\n");
  EXPECT_EQ(InEach(true), "p = True\np <- TRUE\np = true\np = true;\nvar p = true;\np=true\n");
  EXPECT_EQ(InEach(false),
            "p = False\np <- FALSE\np = false\np = false;\nvar p = false;\np=false\n");
}

TEST(RenderTest, QuotesEveryText) {
  EXPECT_EQ(InEach("a\"b'c\\d$e%f`g!"), R"~(p = "a\"b'c\\d$e%f`g!"
p <- "a\"b'c\\d$e%f`g!"
p = "a\"b'c\\d\$e%f`g!"
p = "a\"b'c\\d$e%f`g!";
var p = "a\"b'c\\d$e%f`g!";
p=$'a"b\'c\\d$e%f`g\041'
)~");
  EXPECT_EQ(InEach("line\nnext\r\ttab\x1B\x7F"), R"~(p = "line\nnext\r\ttab\x1b\x7f"
p <- "line\nnext\u000d\u0009tab\u001b\u007f"
p = "line\nnext\r\ttab\u001b\u007f"
p = "line\nnext\r\ttab\033\177";
var p = "line\nnext\r\ttab\u001b\u007f";
p=$'line\nnext\r\ttab\033\177'
)~");
  EXPECT_EQ(InEach("é€😀"), R"~(p = "é€😀"
p <- "\u00e9\u20ac\U0001f600"
p = "é€😀"
p = "é€😀";
var p = "é€😀";
p='é€😀'
)~");
  EXPECT_EQ(InEach(""), "p = \"\"\np <- \"\"\np = \"\"\np = \"\";\nvar p = \"\";\np=''\n");
}

TEST(RenderTest, EscapesWhatEndsALineOfJavascript) {
  EXPECT_EQ(Rendered("javascript", "a\xE2\x80\xA8\xE2\x80\xA9z"), "var p = \"a\\u2028\\u2029z\";");
}

TEST(RenderTest, LimitsTheCode) {
  EXPECT_EQ(
      Rendered("python", std::string(8 << 20, 'x')),
      "the parameters take more than 8 MiB of code: put the data in a file, and give its path");
}

TEST(RenderTest, QuotesShellWords) {
  EXPECT_EQ(Rendered("bash", "a b; rm -rf $HOME"), "p='a b; rm -rf $HOME'");
  EXPECT_EQ(Rendered("bash", "~"), "p='~'");
  EXPECT_EQ(Rendered("bash", "it's"), "p=$'it\\'s'");
  EXPECT_EQ(Rendered("bash", "-x_/.:,+@%1"), "p=-x_/.:,+@%1");
}

TEST(RenderTest, WritesNulWhereALanguageHasIt) {
  const std::string nul("a\0b", 3);
  EXPECT_EQ(InEach(nul), R"~(p = "a\x00b"
parameter p: a text of R cannot hold a NUL character
p = "a\u0000b"
p = "a\000b";
var p = "a\u0000b";
parameter p: a variable of bash cannot hold a NUL character
)~");
}

TEST(RenderTest, WritesTheOutermostIntegers) {
  EXPECT_EQ(InEach(std::numeric_limits<std::int64_t>::max()), R"~(p = 9223372036854775807
parameter p: R has no integer 9223372036854775807: beyond 2^53 give it as a text
p = 9223372036854775807
p = (int64(2147483647) * int64(4294967296) + int64(4294967295));
var p = 9223372036854775807n;
p=9223372036854775807
)~");
  EXPECT_EQ(InEach(std::numeric_limits<std::int64_t>::min()), R"~(p = -9223372036854775808
parameter p: R has no integer -9223372036854775808: beyond 2^53 give it as a text
p = typemin(Int64)
p = (int64(-2147483648) * int64(4294967296) + int64(0));
var p = -9223372036854775808n;
p=-9223372036854775808
)~");
  EXPECT_EQ(Rendered("r", 2147483647), "p <- 2147483647L");
  EXPECT_EQ(Rendered("r", -2147483648LL), "p <- -2147483648");
  EXPECT_EQ(Rendered("r", 9007199254740992LL), "p <- 9007199254740992");
  EXPECT_EQ(Rendered("javascript", 9007199254740992LL), "var p = 9007199254740992;");
  EXPECT_EQ(Rendered("octave", -9007199254740993LL),
            "p = (int64(-2097153) * int64(4294967296) + int64(4294967295));");
}

TEST(RenderTest, WritesFloatsExactly) {
  for (const char* language : {"python", "julia"}) {
    EXPECT_EQ(Rendered(language, 0.1), "p = 0.1");
    EXPECT_EQ(Rendered(language, 5.0), "p = 5.0");
    EXPECT_EQ(Rendered(language, -0.0), "p = -0.0");
    EXPECT_EQ(Rendered(language, 1e300), "p = 1e+300");
    EXPECT_EQ(Rendered(language, 5e-324), "p = 5e-324");
    EXPECT_EQ(Rendered(language, 0.1 + 0.2), "p = 0.30000000000000004");
  }
  EXPECT_EQ(Rendered("r", 0.1), "p <- 0.1");
  EXPECT_EQ(Rendered("r", 5.0), "p <- 5.0");
  EXPECT_EQ(Rendered("r", 1e300), "p <- 0x1.7e43c8800759cp+996");
  EXPECT_EQ(Rendered("bash", 5.0), "p=5.0");
}

TEST(RenderTest, WritesLists) {
  EXPECT_EQ(InEach(Value::array({1, 2})),
            "p = [1, 2]\np <- c(1L, 2L)\np = [1, 2]\np = [1, 2];\nvar p = [1, 2];\np=(1 2)\n");
  EXPECT_EQ(InEach(Value::array()), "p = []\np <- list()\np = []\np = {};\nvar p = [];\np=()\n");
  EXPECT_EQ(InEach(Value::array({"a b", "c"})), R"~(p = ["a b", "c"]
p <- c("a b", "c")
p = ["a b", "c"]
p = {"a b", "c"};
var p = ["a b", "c"];
p=('a b' c)
)~");
  EXPECT_EQ(InEach(Value::array({1, 2.5})), R"~(p = [1, 2.5]
p <- c(1L, 2.5)
p = Any[1, 2.5]
p = [1, 2.5];
var p = [1, 2.5];
p=(1 2.5)
)~");
  EXPECT_EQ(InEach(Value::array({1, "a", true, Value::array({2})})), R"~(p = [1, "a", True, [2]]
p <- list(1L, "a", TRUE, c(2L))
p = Any[1, "a", true, [2]]
p = {1, "a", true, [2]};
var p = [1, "a", true, [2]];
p=(1 a true '[2]')
)~");
  EXPECT_EQ(Rendered("octave", Value::array({1, 9007199254740993LL})),
            "p = {1, (int64(2097152) * int64(4294967296) + int64(1))};");
}

TEST(RenderTest, WritesTables) {
  const Value table{{"b", 1}, {"a", Value::array({"x"})}, {"t", Value::object()}};
  EXPECT_EQ(InEach(table), R"~(p = {"b": 1, "a": ["x"], "t": {}}
p <- list("b" = 1L, "a" = c("x"), "t" = structure(list(), names = character(0)))
p = Dict{String, Any}("b" => 1, "a" => ["x"], "t" => Dict{String, Any}())
p = struct("b", 1, "a", {{"x"}}, "t", struct());
var p = {"b": 1, "a": ["x"], "t": {}};
declare -A p=([b]=1 [a]='["x"]' [t]='{}')
)~");
  const Value strange{{"a b", 1}, {"", 2}, {"__proto__", 3}, {"é]", 4}};
  EXPECT_EQ(Rendered("r", strange),
            "p <- structure(list(1L, 2L, 3L, 4L), names = c(\"a b\", \"\", \"__proto__\", "
            "\"\\u00e9]\"))");
  EXPECT_EQ(Rendered("octave", strange),
            "p = containers.Map({\"a b\", \"\", \"__proto__\", \"é]\"}, {1, 2, 3, 4}, "
            "\"UniformValues\", false);");
  EXPECT_EQ(Rendered("javascript", strange),
            "var p = {\"a b\": 1, \"\": 2, [\"__proto__\"]: 3, \"é]\": 4};");
  EXPECT_EQ(Rendered("bash", strange), "parameter p: a table of bash cannot hold an empty key");
  EXPECT_EQ(Rendered("bash", Value{{"a b", 1}, {"é]'", 4}}),
            "declare -A p=(['a b']=1 [$'é]\\'']=4)");
}

TEST(RenderTest, WritesALineForEachValue) {
  const std::vector<Parameter> parameters{
      {"a", Value(1), {}}, {"b", std::nullopt, {}}, {"c", Value("x"), {}}};
  EXPECT_EQ(RenderParameters("python", parameters), "a = 1\nc = \"x\"");
  EXPECT_EQ(RenderParameters("python", {}), "");
}

TEST(RenderTest, QuotesNamesThatRWouldNotTake) {
  EXPECT_EQ(Rendered("r", 1, "_x"), "`_x` <- 1L");
  EXPECT_EQ(Rendered("r", 1, "a.b"), "`a.b` <- 1L");
}

TEST(RenderTest, KnowsLanguagesByAnyOfTheirNames) {
  EXPECT_EQ(Rendered("Python", 1), "p = 1");
  EXPECT_EQ(Rendered("ipython3", 1), "p = 1");
  EXPECT_EQ(Rendered("R", 1), "p <- 1L");
  EXPECT_EQ(Rendered("node", 1), "var p = 1;");
  EXPECT_EQ(Rendered("matlab", 1), "p = 1;");
  EXPECT_EQ(Rendered("haskell", 1), "none");
  EXPECT_EQ(Rendered("", 1), "none");
}

}  // namespace
}  // namespace cellar
