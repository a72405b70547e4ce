#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/job_json.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

constexpr std::string_view kWholeJob = R"~(
name         = "clean-weather"
description  = "Daily readings to a clean monthly table"
kernel       = "python3"
gateway      = "lab"
requires     = ["gpu"]
tags         = ["weather", "nightly", "weather"]
working_dir  = "data"
timeout      = "30m"
cell_timeout = "5m"
stall_timeout = "10m"
on_error     = "continue"

[parameters]
source = "data/readings.csv"
limit  = 100
when   = 2024-02-29
nested = { b = [1, 2.5, true], a = "x" }

[constraints]
limit = { min = 1, max = 10_000 }
rate  = { required = true, type = "float", choices = [0.5, 1.0] }
source = { pattern = '.*\.csv' }

[retry]
attempts = 3
delay    = "10s"
backoff  = 2.0
on       = ["kernel_died", "gateway_lost", "interrupted"]

[[cell]]
name = "load"
code = '''
import pandas as pd
readings = pd.read_csv(source)
'''

[[cell]]
file    = "steps/clean.py"
timeout = "1m"
on_error = "stop"

[[cell]]
code         = "int('x')"
expect_error = "ValueError"
skip         = true

[[cell]]
code         = "1/0"
expect_error = true

[concurrency]

[schedule]
cron     = "0 3 * * 1-5"
timezone = "Europe/Berlin"
jitter   = "2m"
)~";

const Files kCellFiles{{"jobs/steps/clean.py", "\xEF\xBB\xBFx = 1\r\ny = 2\r\n"}};

// A line for each key of a job as JSON but its cells, and one for each parameter.
std::string ShownJob(const Job& job) {
  std::string shown;
  const nlohmann::ordered_json json = ToJson(job);
  for (const auto& [key, value] : json.items()) {
    if (key == "parameters") {
      for (const auto& parameter : value) shown += parameter.dump() + "\n";
    } else if (key != "cells") {
      shown += key + ": " + value.dump() + "\n";
    }
  }
  return shown;
}

TEST(TomlJobTest, ReadsEveryKey) {
  const JobReading reading = Read("jobs/weather.toml", kWholeJob, kCellFiles);
  ASSERT_TRUE(reading.job) << ToString(reading.problems.at(0));
  EXPECT_EQ(ShownJob(*reading.job),
            R"~(name: "clean-weather"
description: "Daily readings to a clean monthly table"
kernel: "python3"
language: "python"
gateway: "lab"
requires: ["gpu"]
tags: ["weather","nightly"]
working_dir: "data"
timeout_ms: 1800000
cell_timeout_ms: 300000
stall_timeout_ms: 600000
{"name":"source","value":"data/readings.csv","constraint":{"required":false,"type":null,"choices":[],"min":null,"max":null,"pattern":".*\\.csv"}}
{"name":"limit","value":100,"constraint":{"required":false,"type":null,"choices":[],"min":1,"max":10000,"pattern":null}}
{"name":"when","value":"2024-02-29","constraint":{"required":false,"type":null,"choices":[],"min":null,"max":null,"pattern":null}}
{"name":"nested","value":{"b":[1,2.5,true],"a":"x"},"constraint":{"required":false,"type":null,"choices":[],"min":null,"max":null,"pattern":null}}
{"name":"rate","value":null,"constraint":{"required":true,"type":"float","choices":[0.5,1.0],"min":null,"max":null,"pattern":null}}
parameters_before: 0
retry: {"attempts":3,"delay_ms":10000,"backoff":2.0,"on":["kernel_died","gateway_lost","interrupted"]}
concurrency: {"key":"clean-weather","limit":1,"policy":"queue"}
schedule: {"cron":"0 3 * * 1-5","timezone":"Europe/Berlin","jitter_ms":120000,"catch_up":"latest"}
)~");
}

TEST(TomlJobTest, ReadsEveryKeyOfACell) {
  EXPECT_EQ(CellsOf("jobs/weather.toml", kWholeJob, kCellFiles),
            "[0] load jobs/weather.toml:34 |import pandas as pd⏎readings = pd.read_csv(source)⏎| "
            "continue\n"
            "[1] - jobs/steps/clean.py:1 |x = 1⏎y = 2⏎| timeout=60000\n"
            "[2] - jobs/weather.toml:44 |int('x')| continue expects=ValueError skip\n"
            "[3] - jobs/weather.toml:49 |1/0| continue expects=\n");
}

TEST(TomlJobTest, TakesTheNameFromTheFile) {
  EXPECT_EQ(Read("a/clean weather.toml", WithCell("")).job->name, "clean-weather");
  EXPECT_EQ(Read("-", WithCell("")).job->name, "stdin");
  EXPECT_EQ(Read("v1.2.toml", WithCell("")).job->name, "v1.2");
  EXPECT_EQ(Read("..toml", WithCell("")).job->name, "job");
  EXPECT_EQ(Read("été.toml", WithCell("")).job->name, "--t--");
}

TEST(TomlJobTest, ReportsEveryProblemAtOnce) {
  EXPECT_EQ(ProblemsOf(R"~(naem = "x"
timeout = "5 minuts"
cell_timeout = 30
retry = 5
tags = "nightly"

[shedule]
cron = "@daily"

[[cell]]
name = "a"
code = "1"
file = "x.py"
tiemout = "1s"

[[cell]]
name = "a"

[[cell]]
file = "nope.py"
skip = "yes"
on_error = "stopp"
expect_error = 5
)~"),
            R"~(job.toml:1:1: unknown key "naem"; did you mean "name"?
job.toml:2:11: timeout must be a duration, not the text "5 minuts"; durations are written "250ms", "90s", "30m", "2h", "1h30m"
job.toml:3:16: cell_timeout must be a duration, not the integer 30; write cell_timeout = "30s", with a unit
job.toml:4:9: retry must be a table, [retry], not the integer 5
job.toml:5:8: tags must be a list, ["one", "two"], not the text "nightly"
job.toml:7:2: unknown key "shedule"; did you mean "schedule"?
job.toml:13:8: [[cell]] "a": both code and file; one of them: code = '''…''' or file = "…"
job.toml:14:1: unknown key "tiemout" in [[cell]] "a"; did you mean "timeout"?
job.toml:16:1: [[cell]] "a": neither code nor file; one of them: code = '''…''' or file = "…"
job.toml:17:8: [[cell]] "a": a cell of this name is in line 11 already; give each cell a name of its own
job.toml:20:8: [[cell]] 2: file nope.py: No such file or directory; a path relative to this file
job.toml:21:8: [[cell]] 2: skip must be true or false, not the text "yes"
job.toml:22:12: [[cell]] 2: on_error is "stopp"; did you mean "stop"?
job.toml:23:16: [[cell]] 2: expect_error must be an error's name, not the integer 5; "ValueError", or true for any
)~");
}

TEST(TomlJobTest, ReportsSyntaxBesideTheRest) {
  EXPECT_EQ(ProblemsOf("[[cell]]\ncode = \"\"\"\n re \\d\n\"\"\"\n[[cell]]\ncode = '2'\nfoo = 1\n"
                       "[retry]\nattempts = 0\n"),
            "job.toml:3:6: TOML: string: unknown escape sequence '\\d'; write code between ''' and "
            "''': nothing is escaped there\n"
            "job.toml:7:1: unknown key \"foo\" in [[cell]] 0; known keys: name, code, file, "
            "timeout, on_error, expect_error, skip\n"
            "job.toml:9:12: [retry]: attempts is 0; from 1 to 1000\n");
}

TEST(TomlJobTest, RefusesAJobWithoutCells) {
  const std::string problem = "the job has no cells; add [[cell]] with code = '''…'''\n";
  EXPECT_EQ(ProblemsOf(""), "job.toml:1:1: " + problem);
  EXPECT_EQ(ProblemsOf("cell = []"), "job.toml:1:8: " + problem);
  EXPECT_EQ(ProblemsOf("# nothing\n"), "job.toml:1:1: " + problem);
}

TEST(TomlJobTest, RefusesCellsThatAreNone) {
  EXPECT_EQ(ProblemsOf("[cell]\ncode = '1'\n"),
            "job.toml:1:1: cell must be a list of tables, [[cell]], not a table\n");
  EXPECT_EQ(ProblemsOf("cell = 5"),
            "job.toml:1:8: cell must be a list of tables, [[cell]], not the integer 5\n");
  EXPECT_EQ(ProblemsOf("cell = [1, {code = '1'}]"),
            "job.toml:1:9: cell has the integer 1 in it; each is a table, [[cell]]\n");
  EXPECT_EQ(ProblemsOf("[[cell]]\ncode = ' '\n"),
            "job.toml:2:8: [[cell]] 0: code is empty; leave the cell out\n");
  EXPECT_EQ(ProblemsOf("[[cell]]\ncode = 1\n"),
            "job.toml:2:8: [[cell]] 0: code must be a text in quotes, not the integer 1\n");
  EXPECT_EQ(ProblemsOf("[[cell]]\ncode = '1'\nname = ''\nexpect_error = ''\n"),
            "job.toml:3:8: [[cell]] 0: name is empty; leave it out, or give it a text\n"
            "job.toml:4:16: [[cell]] 0: expect_error is empty; leave it out, or give it a text\n");
}

TEST(TomlJobTest, RefusesBadNames) {
  for (const std::string name : {"a b", "a/b", "..", "é", "a\\\\b"}) {
    EXPECT_EQ(ProblemsOf(WithCell("name = \"" + name + "\"")),
              "job.toml:1:8: name is \"" + (name == "a\\\\b" ? "a\\b" : name) +
                  "\"; at most 100 letters, digits, . _ -, not all of them dots\n");
  }
  EXPECT_EQ(ProblemsOf(WithCell("name = '" + std::string(100, 'a') + "'")), "");
  EXPECT_NE(ProblemsOf(WithCell("name = '" + std::string(101, 'a') + "'")), "");
}

TEST(TomlJobTest, RefusesBadRetries) {
  EXPECT_EQ(
      ProblemsOf(WithCell("[retry]\nattempts = 0\ndelay = 5\nbackoff = 0.5\n"
                          "on = ['kernel_dead', 'by_user']\nx = 1\n")),
      "job.toml:2:12: [retry]: attempts is 0; from 1 to 1000\n"
      "job.toml:3:9: [retry]: delay must be a duration, not the integer 5; write delay = "
      "\"5s\", with a unit\n"
      "job.toml:4:11: [retry]: backoff is 0.5; from 1 to 100\n"
      "job.toml:5:6: [retry]: on has \"kernel_dead\", no reason of a failed run; did you mean "
      "\"kernel_died\"?\n"
      "job.toml:5:6: [retry]: on has \"by_user\", no reason of a failed run; known reasons: "
      "cell_error, cell_timeout, run_timeout, stalled, kernel_died, kernel_unavailable, "
      "gateway_unreachable, gateway_lost, output_limit, interrupted, store_full\n"
      "job.toml:6:1: unknown key \"x\" in [retry]; known keys: attempts, delay, backoff, on\n");
}

// The parts of the job in `text` that say when its runs begin.
std::string TimesInJob(std::string_view text) {
  const JobReading reading = Read("nightly.toml", WithCell(text));
  if (!reading.job) return "unsound";
  const nlohmann::ordered_json json = ToJson(*reading.job);
  return json.at("concurrency").dump() + " " + json.at("schedule").dump();
}

TEST(TomlJobTest, ReadsHowRunsOverlap) {
  EXPECT_EQ(TimesInJob(""), "null null");
  EXPECT_EQ(TimesInJob("[concurrency]"), R"({"key":"nightly","limit":1,"policy":"queue"} null)");
  EXPECT_EQ(TimesInJob("concurrency = {key = 'the lab', limit = 3, policy = 'replace'}"),
            R"({"key":"the lab","limit":3,"policy":"replace"} null)");
}

TEST(TomlJobTest, ReadsSchedules) {
  EXPECT_EQ(TimesInJob("[schedule]\ncron = '@daily'"),
            R"(null {"cron":"@daily","timezone":"UTC","jitter_ms":0,"catch_up":"latest"})");
  EXPECT_EQ(TimesInJob("[schedule]\ncron = '@daily'\ntimezone = 'Asia/Kolkata'\njitter = '24h'\n"
                       "catch_up = 'none'"),
            R"(null {"cron":"@daily","timezone":"Asia/Kolkata","jitter_ms":86400000,)"
            R"("catch_up":"none"})");
}

TEST(TomlJobTest, RefusesBadOverlapsAndSchedules) {
  EXPECT_EQ(ProblemsOf(WithCell("concurrency = 2\n[schedule]\ntimezone = ''\ncorn = '@daily'\n")),
            "job.toml:1:15: concurrency must be a table, [concurrency], not the integer 2\n"
            "job.toml:2:1: [schedule]: cron is missing; cron = \"0 3 * * 1-5\"\n"
            "job.toml:3:12: [schedule]: timezone is empty; leave it out, or give it a text\n"
            "job.toml:4:1: unknown key \"corn\" in [schedule]; did you mean \"cron\"?\n");
  EXPECT_EQ(ProblemsOf(WithCell("[concurrency]\nkey = 5\nlimit = 0\npolicy = 'skipp'\nmax = 2\n"
                                "[schedule]\ncron = '@daily'\njitter = '25h'\n"
                                "catch_up = 'everything'\n")),
            "job.toml:2:7: [concurrency]: key must be a text in quotes, not the integer 5\n"
            "job.toml:3:9: [concurrency]: limit is 0; from 1 to 10000\n"
            "job.toml:4:10: [concurrency]: policy is \"skipp\"; did you mean \"skip\"?\n"
            "job.toml:5:1: unknown key \"max\" in [concurrency]; known keys: key, limit, policy\n"
            "job.toml:8:10: [schedule]: jitter is more than a day; at most \"24h\"\n"
            "job.toml:9:12: [schedule]: catch_up is \"everything\"; one of \"latest\", \"all\", "
            "\"none\"\n");
}

TEST(TomlJobTest, NamesThePlaceInACronExpression) {
  const std::string wrong = ": [schedule]: hour is 24; from 0 to 23\n";
  const auto problem_of = [](const std::string& cron) {
    return ProblemsOf(WithCell("[schedule]\ncron = " + cron));
  };
  EXPECT_EQ(problem_of("'0 24 * * *'"), "job.toml:2:11" + wrong);
  EXPECT_EQ(problem_of("\"0 24 * * *\""), "job.toml:2:11" + wrong);
  EXPECT_EQ(problem_of("\"\\u0030 24 * * *\""), "job.toml:2:8" + wrong);
  EXPECT_EQ(problem_of("'''0 24 * * *'''"), "job.toml:2:8" + wrong);
  EXPECT_EQ(problem_of("'0 3 * *'"),
            "job.toml:2:16: [schedule]: cron has 4 fields, not 5; minute, hour, day of month, "
            "month, day of week\n");
}

TEST(TomlJobTest, RefusesBadParametersAndConstraints) {
  EXPECT_EQ(
      ProblemsOf(WithCell(R"~([parameters]
a = nan
b = [1, [-inf]]
"x y" = 1
limit = 0
[constraints]
limit = {min = 1, max = 0, type = "intger"}
limti = {min = 1}
s = {required = true, pattern = "(("}
t = {choices = [], min = nan, foo = 1}
a = {min = 1}
u = 5)~")),
      R"~(job.toml:2:5: [parameters]: a: nan is no number that JSON can hold; a text, number, boolean, list or table
job.toml:3:5: [parameters]: b: -inf is no number that JSON can hold; a text, number, boolean, list or table
job.toml:4:1: [parameters]: "x y" is no variable's name; a letter or _, then letters, digits and _
job.toml:5:9: [parameters]: limit is 0, less than 1; its default must meet its own constraint
job.toml:7:25: [constraints] limit: max 0 is less than min 1
job.toml:7:35: [constraints] limit: type is "intger"; did you mean "integer"?
job.toml:8:1: [constraints]: there is no parameter "limti"; did you mean "limit"?
job.toml:9:33: [constraints] s: "((" is no regular expression: Unmatched marking parenthesis ( or \(.  The error occurred while parsing the regular expression: '((>>>HERE>>>'.
job.toml:10:1: [constraints]: there is no parameter "t"; give it a default, or required = true
job.toml:10:16: [constraints] t: choices is empty; leave it out
job.toml:10:26: [constraints] t: min must be a finite number, not the float nan
job.toml:10:31: unknown key "foo" in [constraints] t; known keys: required, type, choices, min, max, pattern
job.toml:12:5: [constraints]: u must be a table, [u], not the integer 5
)~");
}

TEST(TomlJobTest, RefusesValuesNestedTooDeep) {
  const std::string deep = std::string(33, '[') + std::string(33, ']');
  EXPECT_EQ(ProblemsOf(WithCell("[parameters]\na = " + deep)),
            "job.toml:2:5: [parameters]: a: nested deeper than 32 levels; a text, number, boolean, "
            "list or table\n");
}

TEST(TomlJobTest, KeepsAFloatWhereOneIsAskedFor) {
  const JobReading reading =
      Read("job.toml", WithCell("[parameters]\nrate = 1\n[constraints]\nrate = {type = 'float'}"));
  ASSERT_TRUE(reading.job);
  EXPECT_EQ(reading.job->parameters.at(0).value->dump(), "1.0");
}

TEST(TomlJobTest, RefusesCellFilesThatCannotBeRead) {
  EXPECT_EQ(
      ProblemsOf("[[cell]]\nfile = 'a.py'\n[[cell]]\nfile = 'dir'\n[[cell]]\nfile = "
                 "'latin.py'\n[[cell]]\nfile = 'empty.py'\n[[cell]]\nfile = ''\n",
                 {{"x/dir/", ""}, {"x/latin.py", "# ok\n# \xE9\n"}, {"x/empty.py", " \n"}},
                 "x/job.toml"),
      "x/latin.py:2:3: is not UTF-8; save it as UTF-8\n"
      "x/job.toml:2:8: [[cell]] 0: file x/a.py: No such file or directory; a path relative to "
      "this file\n"
      "x/job.toml:4:8: [[cell]] 1: file x/dir: is a directory; a path relative to this file\n"
      "x/job.toml:8:8: [[cell]] 3: file x/empty.py is empty\n"
      "x/job.toml:10:8: [[cell]] 4: file is empty; leave it out, or give it a text\n");
}

TEST(TomlJobTest, ReadsCellFilesBesideTheJobFile) {
  EXPECT_EQ(CellsOf("x/job.toml", "[[cell]]\nfile = '../y/a.py'\n[[cell]]\nfile = '/b.py'\n",
                    {{"x/../y/a.py", "1"}, {"/b.py", "2"}}),
            "[0] - x/../y/a.py:1 |1|\n[1] - /b.py:1 |2|\n");
}

TEST(TomlJobTest, KnowsTheLineOnWhichCodeBegins) {
  EXPECT_EQ(CellsOf("job.toml",
                    "[[cell]]\ncode = '''\n1\n'''\n[[cell]]\ncode = '''2\n3'''\n"
                    "[[cell]]\ncode = \"\"\"\n4\"\"\"\n[[cell]]\ncode = \"5\"\n"),
            "[0] - job.toml:3 |1⏎|\n[1] - job.toml:6 |2⏎3|\n[2] - job.toml:10 |4|\n"
            "[3] - job.toml:12 |5|\n");
}

TEST(TomlJobTest, ReadsByteOrderMarkAndWindowsLines) {
  EXPECT_EQ(CellsOf("job.toml", "\xEF\xBB\xBF[[cell]]\r\ncode = '''\r\nx = 1\r\ny = 2\r\n'''\r\n"),
            "[0] - job.toml:3 |x = 1⏎y = 2⏎|\n");
}

TEST(TomlJobTest, ResolvesWhatToDoOnAnErrorOfEachCell) {
  EXPECT_EQ(CellsOf("job.toml",
                    "on_error = 'continue'\n[[cell]]\ncode = '1'\n[[cell]]\ncode = "
                    "'2'\non_error = 'stop'\ntimeout = '5s'\nexpect_error = false\n"),
            "[0] - job.toml:3 |1| continue\n[1] - job.toml:5 |2| timeout=5000\n");
}

constexpr std::string_view kNotebookOfJob = R"~({"nbformat": 4, "nbformat_minor": 5,
"metadata": {"kernelspec": {"name": "ir", "language": "R"}}, "cells": [
{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "n <- 5\nm <- 6"},
{"cell_type": "code", "metadata": {}, "source": ["print(n)"]
}]
})~";

TEST(TomlJobTest, TakesTheCellsOfANotebook) {
  const std::string text = "notebook = 'a.ipynb'\non_error = 'continue'\n[parameters]\nn = 7\n";
  EXPECT_EQ(CellsOf("x/job.toml", text, {{"x/a.ipynb", std::string(kNotebookOfJob)}}),
            "[0] - x/a.ipynb:3 |n <- 5⏎m <- 6| continue\n[1] - x/a.ipynb:4 |print(n)| continue\n");
  const Job job = *Read("x/job.toml", text, {{"x/a.ipynb", std::string(kNotebookOfJob)}}).job;
  EXPECT_EQ(job.kernel, "ir");
  EXPECT_EQ(job.language, "r");
  EXPECT_EQ(job.parameters_before, 1u);
  ASSERT_EQ(job.parameters.size(), 2u);
  EXPECT_EQ(job.parameters[0].name, "n");
  EXPECT_EQ(job.parameters[0].value, Value(7));
  EXPECT_EQ(job.parameters[1].name, "m");
  EXPECT_EQ(job.parameters[1].value, std::nullopt);
}

TEST(TomlJobTest, TakesTheCellsOfScriptsAndPages) {
  EXPECT_EQ(CellsOf("job.toml", "notebook = 'a.py'\n", {{"a.py", "# %%\n1\n"}}),
            "[0] - a.py:2 |1|\n");
  EXPECT_EQ(CellsOf("job.toml", "notebook = 'a.md'\nkernel = 'ir'\n",
                    {{"a.md", "```python\n1\n```\n```r\n2\n```\n"}}),
            "[0] - a.md:5 |2|\n");
}

TEST(TomlJobTest, RefusesNotebooksThatAreNone) {
  EXPECT_EQ(ProblemsOf("notebook = 'a.ipynb'\n[[cell]]\ncode = '1'\n"),
            "job.toml:1:12: both notebook and [[cell]]; one of them holds the code\n");
  EXPECT_EQ(ProblemsOf("notebook = 'a.toml'\n", {{"a.toml", ""}}),
            "job.toml:1:12: notebook a.toml is none; a notebook (.ipynb), a percent script or "
            "Markdown\n");
  EXPECT_EQ(ProblemsOf("notebook = 'a.ipynb'\n"),
            "job.toml:1:12: notebook a.ipynb: No such file or directory; a path relative to this "
            "file\n");
  EXPECT_EQ(ProblemsOf("notebook = 'a.py'\n", {{"a.py", "\n\xFF"}}),
            "a.py:2:1: is not UTF-8; save it as UTF-8\n");
  EXPECT_EQ(ProblemsOf("notebook = 5\n"),
            "job.toml:1:12: notebook must be a text in quotes, not the integer 5\n");
}

TEST(TomlJobTest, LimitsCellsAndParameters) {
  std::string cells;
  for (int i = 0; i < 10'001; ++i) cells += "[[cell]]\ncode = '1'\n";
  EXPECT_EQ(ProblemsOf(cells), "job.toml:1:1: more than 10000 cells; make several jobs of it\n");
  std::string parameters = "[parameters]\n";
  for (int i = 0; i < 1'001; ++i) parameters += "p" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(ProblemsOf(WithCell(parameters)),
            "job.toml:1:1: more than 1000 parameters; put them in a file, and give its path\n");
}

}  // namespace
}  // namespace cellar
