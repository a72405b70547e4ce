// From the text of a file to a Job: TOML job files, notebooks, percent scripts, Markdown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobs/job.h"
#include "jobs/problem.h"

namespace cellar {

// Limits, named in the messages. A reader of files need not read more than the largest of them.
inline constexpr std::uint64_t kMaxJobFileBytes = 16u << 20;  // notebooks: kMaxNotebookBytes
inline constexpr std::uint64_t kMaxNotebookBytes = 100u << 20;
inline constexpr std::uint64_t kMaxCellBytes = 8u << 20;  // Jupyter Server ends at messages of 10
inline constexpr std::size_t kMaxCells = 10'000;
inline constexpr std::size_t kMaxParameters = 1'000;

struct FileFailure {
  std::string why;  // "No such file or directory", "is a directory", "is larger than …"
};
/// Reads a file that a job names (a cell's code, a notebook), relative to the job file's folder
/// already resolved by the reader. The only way out of this folder: it does no I/O itself.
using FileReader = std::function<std::variant<std::string, FileFailure>(const std::string& path)>;

struct JobReading {
  std::optional<Job> job;         // there exactly when there are no problems
  std::vector<Problem> problems;  // by line
};

/// `path` names the file in messages and decides the format by its ending (.toml, .ipynb, .py and
/// other scripts, .md); "-" and unknown endings are told by their content, else TOML.
JobReading ReadJob(const std::string& path, std::string_view text, const FileReader& read_file);

}  // namespace cellar
