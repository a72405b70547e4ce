#include "jobs/read_job.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "jobs/job_json.h"
#include "tests/jobs/arbitrary_job.h"
#include "tests/jobs/reading.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSmallNotebook =
    R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": "1"}]})";

TEST(ReadJobTest, TellsTheFormatByTheEnding) {
  EXPECT_EQ(CellsOf("a.IPYNB", kSmallNotebook), "[0] - a.IPYNB:1 |1|\n");
  EXPECT_EQ(CellsOf("a.PY", "[[cell]]\n"), "[0] - a.PY:1 |[[cell]]|\n");
  EXPECT_EQ(CellsOf("a.markdown", "```python\n1\n```\n"), "[0] - a.markdown:2 |1|\n");
  EXPECT_EQ(CellsOf("a.TOML", "[[cell]]\ncode = '# %%'\n"), "[0] - a.TOML:2 |# %%|\n");
}

TEST(ReadJobTest, TellsTheFormatByTheContent) {
  EXPECT_EQ(CellsOf("-", kSmallNotebook), "[0] - -:1 |1|\n");
  EXPECT_EQ(CellsOf("-", "\xEF\xBB\xBF\n{}"), "-:1:1: has no \"nbformat\"; is it a notebook?\n");
  EXPECT_EQ(CellsOf("-", "# %%\n1\n"), "[0] - -:2 |1|\n");
  EXPECT_EQ(CellsOf("-", "# Title\n```python\n1\n```\n"), "[0] - -:3 |1|\n");
  EXPECT_EQ(CellsOf("-", "[[ cell ]]\ncode = '''\n# %%\n```python\n'''\n"),
            "[0] - -:3 |# %%⏎```python⏎|\n");
  EXPECT_EQ(CellsOf("job.bak", "notebook = \"a.py\"\n# %%\n", {{"a.py", "1"}}),
            "[0] - a.py:1 |1|\n");
  EXPECT_EQ(CellsOf("-", "print(1)\n"), "-:1:6: TOML: key-value pair: expected '=', saw '('\n");
}

TEST(ReadJobTest, NamesTheLimitsOfSize) {
  EXPECT_EQ(ProblemsOf(std::string((16 << 20) + 1, '#')),
            "job.toml: is larger than 16 MiB; keep code in files, data elsewhere\n");
  EXPECT_EQ(ProblemsOf("[[cell]]\nfile = 'a.py'\n", {{"a.py", std::string((8 << 20) + 1, '#')}}),
            "a.py:1: the code of cell 0 is larger than 8 MiB; gateways refuse such messages: read "
            "data from a file\n");
}

TEST(ReadJobTest, RefusesNulInCode) {
  const std::string problem =
      "the code of cell 0 has a NUL character; write it as an escape of the language\n";
  EXPECT_EQ(ProblemsOf("[[cell]]\ncode = \"a\\u0000\"\n"), "job.toml:2: " + problem);
  EXPECT_EQ(ProblemsOf(std::string("# %%\na\0", 7), {}, "a.py"), "a.py:2: " + problem);
}

TEST(ReadJobTest, SortsProblemsByLine) {
  EXPECT_EQ(ProblemsOf("b = 1\na = 1\n[[cell]]\ncode = 5\n"),
            "job.toml:1:1: unknown key \"b\"; known keys: name, description, kernel, gateway, "
            "requires, tags, working_dir, timeout, cell_timeout, stall_timeout, on_error, "
            "parameters, constraints, retry, concurrency, schedule, cell, notebook\n"
            "job.toml:2:1: unknown key \"a\"; known keys: name, description, kernel, gateway, "
            "requires, tags, working_dir, timeout, cell_timeout, stall_timeout, on_error, "
            "parameters, constraints, retry, concurrency, schedule, cell, notebook\n"
            "job.toml:4:8: [[cell]] 0: code must be a text in quotes, not the integer 5\n");
}

TEST(ReadJobTest, ReadsEverySample) {
  const FileReader read_file =
      [](const std::string& path) -> std::variant<std::string, FileFailure> {
    std::ifstream file(path, std::ios::binary);
    if (!file) return FileFailure{"cannot be opened"};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  int jobs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kSourceDir + "/samples")) {
    const fs::path& path = entry.path();
    const bool is_on_top = path.parent_path().filename() == "samples";
    const bool is_about = path.stem() == "README" || path.stem() == "DATA";
    const bool is_code = path.extension() == ".py" || path.extension() == ".md";
    const bool is_job = path.extension() == ".toml" || path.extension() == ".ipynb" ||
                        (is_on_top && is_code && !is_about);
    if (!is_job) continue;
    ++jobs;
    const auto text = std::get<std::string>(read_file(path));
    for (const Problem& problem : ReadJob(path, text, read_file).problems) {
      ADD_FAILURE() << ToString(problem);
    }
  }
  EXPECT_GE(jobs, 6);
}

RC_GTEST_PROP(ReadJobTest, ReadsBackWhatIsWrittenAsToml, ()) {
  const Job job = *AnyJob();
  const std::string text = ToToml(job);
  JobReading reading = Read("job.toml", text);
  for (const Problem& problem : reading.problems) RC_LOG() << ToString(problem) << "\n" << text;
  RC_ASSERT(reading.job.has_value());
  for (Cell& cell : reading.job->cells) cell.line = 1;
  RC_ASSERT(ToJson(*reading.job) == ToJson(job));
}

}  // namespace
}  // namespace cellar
