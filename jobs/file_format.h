// What kind of file holds a job, and the code cells of those that are no TOML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/code_cells.h"
#include "jobs/job.h"
#include "jobs/problem.h"

namespace cellar {

enum class FileFormat { kToml, kNotebook, kScript, kMarkdown };

/// By the path's ending; another ending, or "-", by the content, else TOML.
FileFormat FormatOf(std::string_view path, std::string_view text);

/// Larger than a file of this format may be, or not UTF-8.
std::optional<Problem> FaultOfText(FileFormat format, const std::string& path,
                                   std::string_view text);

/// `format` is not kToml. `kernel` is the job's, or empty; problems are appended. A file without
/// any cell is a problem.
CodeCells ReadCodeCells(FileFormat format, const std::string& path, std::string_view text,
                        std::string_view kernel, std::vector<Problem>* problems);

/// Makes the code that of `job`, its kernel and language where the job names none. Parameters that
/// the code declares join the job's.
void TakeCode(CodeCells code, Job* job);

/// At most 100 letters, digits, `.`, `_` and `-`, not all of them dots.
bool IsJobName(std::string_view name);

/// The file's name without its ending, each other character as `-`; "stdin" for "-".
std::string DefaultJobName(const std::string& path);

}  // namespace cellar
