// Whatever bytes come in, reading ends in a whole job or in problems that can be shown.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/job_json.h"
#include "tests/jobs/arbitrary_job.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

constexpr std::string_view kNotebook =
    R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": "1"}]})";

void CheckReading(const std::string& path, const std::string& text) {
  const JobReading reading = Read(path, text, {{"a.py", text}, {"a.ipynb", text}, {"d/", ""}});
  RC_ASSERT(reading.job.has_value() == reading.problems.empty());
  for (const Problem& problem : reading.problems) {
    const std::string shown = ToString(problem);
    RC_ASSERT(shown.find('\n') == std::string::npos);
    RC_ASSERT(nlohmann::json(shown).dump().size() > 2);  // throws when it is not UTF-8
  }
  if (!reading.job) return;
  const nlohmann::ordered_json json = ToJson(*reading.job);
  RC_ASSERT(ToJson(JobFromJson(nlohmann::ordered_json::parse(json.dump()))) == json);
}

const std::vector<std::string> kPaths{"job.toml", "a.ipynb", "a.py",  "a.m",
                                      "a.js",     "a.md",    "a.Rmd", "-"};

RC_GTEST_PROP(AnyBytesTest, EndInAJobOrInProblems, (const std::string& text)) {
  for (const std::string& path : kPaths) CheckReading(path, text);
}

// Pieces of all formats, in any order.
RC_GTEST_PROP(AnyBytesTest, AnyPiecesEndInAJobOrInProblems, ()) {
  static const std::vector<std::string> kPieces{
      "\n",
      "\r\n",
      " ",
      "\t",
      "\"",
      "'",
      "'''",
      "\"\"\"",
      "\\",
      "#",
      "=",
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      ".",
      "-",
      "[[cell]]\n",
      "[cell]\n",
      "[retry]\n",
      "[parameters]\n",
      "[constraints]\n",
      "[concurrency]\n",
      "[schedule]\n",
      "limit = 1\n",
      "cron = '0 3 * * 1-5'\n",
      "code",
      "code = '1'\n",
      "file = 'a.py'\n",
      "file = 'd'\n",
      "name = 'x'\n",
      "notebook = \"a.ipynb\"\n",
      "a = 1\n",
      "a = {min = 1, pattern = 'x'}\n",
      "timeout = '5s'\n",
      "1979-05-27",
      "nan",
      "1e999",
      "0x",
      "true",
      "\xEF\xBB\xBF",
      "\xFF",
      "\xC3",
      "é",
      "# %%",
      "# %% [markdown]\n",
      "# %% t tags=[\"parameters\"]\n",
      "# ---\n",
      "---\n",
      "kernelspec:\n",
      "  name: ir\n",
      "```",
      "```python\n",
      "```{r a, eval=FALSE}\n",
      "```{code-cell}\n",
      ":tags: [parameters]\n",
      "~~~",
      "- ",
      "1. ",
      "> ",
      "<!-- ",
      "-->",
      "    ",
      "x = 1\n",
      "{\"nbformat\": 4, \"cells\": [",
      "{\"cell_type\": \"code\", \"metadata\": {\"tags\": [\"parameters\"]}, \"source\": ",
      "\"source\": [\"",
      "\"x = 1\"",
      "null",
      "%%",
      "% %%"};
  std::string text;
  for (const std::string& piece :
       *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces))) {
    text += piece;
  }
  for (const std::string& path : kPaths) CheckReading(path, text);
}

// A sound file with one byte changed, added or left out.
RC_GTEST_PROP(AnyBytesTest, ADamagedJobEndsInAJobOrInProblems, ()) {
  std::string text = *rc::gen::element(ToToml(*AnyJob()), std::string(kNotebook));
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const char byte = *rc::gen::arbitrary<char>();
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      text[at] = byte;
      break;
    case 1:
      text.insert(at, 1, byte);
      break;
    default:
      text.erase(at, *rc::gen::inRange<std::size_t>(1, 10));
  }
  for (const std::string& path : kPaths) CheckReading(path, text);
}

}  // namespace
}  // namespace cellar
