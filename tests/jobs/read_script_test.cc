#include <gtest/gtest.h>

#include "jobs/cell_heading.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

TEST(ScriptTest, SplitsAtItsMarkers) {
  EXPECT_EQ(CellsOf("a.py", "# %%\nx = 1\n\n# %% load data\n\ny = 2\nz = 3\n\n#%%\nw = 4"),
            "[0] - a.py:2 |x = 1|\n[1] load data a.py:6 |y = 2⏎z = 3|\n[2] - a.py:10 |w = 4|\n");
}

TEST(ScriptTest, IsOneCellWithoutMarkers) {
  EXPECT_EQ(CellsOf("a.py", "#!/usr/bin/env python3\nx = 1\n\nprint(x)\n"),
            "[0] - a.py:1 |#!/usr/bin/env python3⏎x = 1⏎⏎print(x)|\n");
}

TEST(ScriptTest, LeavesOutTextAndBlankCells) {
  EXPECT_EQ(CellsOf("a.py",
                    "# %% [markdown]\n# # Title\n# %% note [md]\n# x\n# %% [raw]\n# y\n"
                    "# %%\n\n# %%\nx = 1\n"),
            "[0] - a.py:10 |x = 1|\n");
}

TEST(ScriptTest, TakesWhatStandsAboveTheFirstMarker) {
  EXPECT_EQ(CellsOf("a.py", "# a comment\nimport os\n\n# %%\n1\n"),
            "[0] - a.py:1 |# a comment⏎import os|\n[1] - a.py:5 |1|\n");
  EXPECT_EQ(CellsOf("a.py", "#!/usr/bin/env python3\n# only comments\n\n# %%\n1\n"),
            "[0] - a.py:5 |1|\n");
}

TEST(ScriptTest, KnowsAMarkerFromAComment) {
  EXPECT_EQ(CellsOf("a.py", "# %%%% nested\n1\n# %%time\n# %matplotlib\n # %%\n#\t%%\n2\n"),
            "[0] nested a.py:2 |1⏎# %%time⏎# %matplotlib⏎ # %%⏎#\t%%⏎2|\n");
}

TEST(ScriptTest, ReadsTagsAndNames) {
  EXPECT_EQ(CellsOf("a.py",
                    "# %% tags=[\"parameters\"]\nn = 5\n# %% check this "
                    "tags=[\"raises-exception\", \"x\"] name=\"check\"\n1/0\n"
                    "# %% {\"tags\": [\"skip-execution\"]}\n2\n# %% .noeval\n3\n"),
            "[0] - a.py:2 |n = 5|\n[1] check a.py:4 |1/0| may_raise\n[2] - a.py:6 |2| skip\n");
  const Job job = *Read("a.py", "# %%\n0\n# %% tags=[\"parameters\"]\nn = 5\n").job;
  EXPECT_EQ(job.parameters_before, 2u);
  ASSERT_EQ(job.parameters.size(), 1u);
  EXPECT_EQ(job.parameters[0].name, "n");
}

TEST(ScriptTest, ReadsAYamlHeader) {
  const std::string header =
      "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: percent\n"
      "#   kernelspec:\n#     display_name: 'R: the best'\n#     language: R\n#     name: ir\n"
      "# ---\n\n# %%\n1\n";
  EXPECT_EQ(CellsOf("a.py", header), "[0] - a.py:13 |1|\n");
  EXPECT_EQ(CellsOf("a.py", "#!/usr/bin/python3\n" + header), "[0] - a.py:14 |1|\n");
  const Job job = *Read("a.py", header).job;
  EXPECT_EQ(job.kernel, "ir");
  EXPECT_EQ(job.language, "r");
  EXPECT_EQ(CellsOf("a.py", "# ---\n# open\n1\n"), "[0] - a.py:1 |# ---⏎# open⏎1|\n");
}

TEST(ScriptTest, KnowsTheCommentsOfEachLanguage) {
  const auto shown = [](const std::string& path, std::string_view text) {
    return Read(path, text).job->language + " " + CellsOf(path, text);
  };
  EXPECT_EQ(shown("a.R", "# %%\nx <- 1\n"), "r [0] - a.R:2 |x <- 1|\n");
  EXPECT_EQ(shown("a.jl", "# %%\n1\n"), "julia [0] - a.jl:2 |1|\n");
  EXPECT_EQ(shown("a.js", "// %% one\n1\n"), "javascript [0] one a.js:2 |1|\n");
  EXPECT_EQ(shown("a.sh", "#!/bin/bash\n# %%\nls\n"), "bash [0] - a.sh:3 |ls|\n");
  EXPECT_EQ(shown("a.m", "% %% one\n1\n%% two\n2\n%%% no\n"),
            "octave [0] one a.m:2 |1|\n[1] two a.m:4 |2⏎%%% no|\n");
  EXPECT_EQ(shown("a.sql", "-- %%\nselect 1\n"), "sql [0] - a.sql:2 |select 1|\n");
}

TEST(ScriptTest, LearnsParametersInEachLanguage) {
  const auto names = [](const std::string& path, std::string_view text) {
    std::string shown;
    const Job job = *Read(path, text).job;
    for (const Parameter& p : job.parameters) shown += p.name + " ";
    return shown;
  };
  EXPECT_EQ(names("a.R", "# %% tags=[\"parameters\"]\na.b <- 1\nc = 2\nprint(d)\n"), "a.b c ");
  EXPECT_EQ(names("a.jl", "# %% tags=[\"parameters\"]\nconst a = 1\nb::Int = 2\n"), "a b ");
  EXPECT_EQ(names("a.js", "// %% tags=[\"parameters\"]\nvar a = 1;\nlet b = 2\n"), "a b ");
  EXPECT_EQ(names("a.sh", "# %% tags=[\"parameters\"]\nexport A=1\nb=2\n[ x == 1 ]\n"), "A b ");
}

TEST(ScriptTest, ReadsByteOrderMarkAndWindowsLines) {
  EXPECT_EQ(CellsOf("a.py", "\xEF\xBB\xBF# %%\r\nx = 1\r\ny = 2\r\n"),
            "[0] - a.py:2 |x = 1⏎y = 2|\n");
}

TEST(ScriptTest, RefusesWhatHoldsNoCode) {
  EXPECT_EQ(ProblemsOf("", {}, "a.py"), "a.py: has no code cells; write some code\n");
  EXPECT_EQ(ProblemsOf("# %% [markdown]\n# x\n", {}, "a.py"),
            "a.py: has no code cells; write some code\n");
  EXPECT_EQ(ProblemsOf("# \xE9", {}, "a.py"), "a.py:1:3: is not UTF-8; save it as UTF-8\n");
}

TEST(ScriptTest, LimitsItsCells) {
  std::string text;
  for (int i = 0; i < 10'001; ++i) text += "# %%\n1\n";
  EXPECT_EQ(ProblemsOf(text, {}, "a.py"), "a.py: has more than 10000 cells; make several of it\n");
}

std::string ShownHeading(std::string_view heading) {
  const CellHeading read = ReadCellHeading(heading);
  std::string shown = read.name;
  for (const std::string& tag : read.tags) shown += " <" + tag + ">";
  return shown + (read.is_run ? "" : " not run");
}

TEST(CellHeadingTest, TellsTitlesFromOptions) {
  EXPECT_EQ(ShownHeading(""), "");
  EXPECT_EQ(ShownHeading("  a title "), "a title");
  EXPECT_EQ(ShownHeading("a title tags=[\"x\", \"y z\"]"), "a title <x> <y z>");
  EXPECT_EQ(ShownHeading("tags=[\"x\"] lines_to_next_cell=2"), " <x>");
  EXPECT_EQ(ShownHeading("a title name=\"n\""), "n");
  EXPECT_EQ(ShownHeading("a .noeval"), "a not run");
  EXPECT_EQ(ShownHeading("t {\"tags\": [\"x\", 5], \"name\": 5}"), "t <x>");
}

TEST(CellHeadingTest, MakesATitleOfWhatIsNoOption) {
  EXPECT_EQ(ShownHeading("where x=1 holds"), "where x=1 holds");
  EXPECT_EQ(ShownHeading("tags=[x]"), "tags=[x]");
  EXPECT_EQ(ShownHeading("a=1 b= c"), "a=1 b= c");
  EXPECT_EQ(ShownHeading("t {\"tags\""), "t {\"tags\"");
  EXPECT_EQ(ShownHeading("=1"), "=1");
  EXPECT_EQ(ShownHeading("x tags=" + std::string(20, '[') + std::string(20, ']')),
            "x tags=[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]");
}

}  // namespace
}  // namespace cellar
