// Reading jobs in tests: files from a map, results as text.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "jobs/read_job.h"

namespace cellar {

/// By path, as the reader asks for them; a path that ends in '/' is a directory.
using Files = std::map<std::string, std::string>;

JobReading Read(const std::string& path, std::string_view text, const Files& files = {});

/// One line each; empty when the job is sound. Also checks that there is a job or a problem.
std::string ProblemsOf(std::string_view text, const Files& files = {},
                       const std::string& path = "job.toml");

/// A line for each cell: `[0] name file:line |code|flags`, newlines in the code as "⏎"; or the
/// problems.
std::string CellsOf(const std::string& path, std::string_view text, const Files& files = {});

/// A fresh job's text around `rest`, so that a test shows only what it is about.
std::string WithCell(std::string_view rest);

}  // namespace cellar
