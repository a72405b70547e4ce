#include "tests/jobs/reading.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

std::string OneLineOf(std::string_view code) {
  std::string line;
  for (const char c : code) line += c == '\n' ? std::string("⏎") : std::string(1, c);
  return line;
}

std::string FlagsOf(const Cell& cell) {
  std::string flags;
  if (cell.timeout) flags += " timeout=" + std::to_string(cell.timeout->count());
  if (cell.on_error == OnError::kContinue) flags += " continue";
  if (cell.expects_error) flags += " expects=" + cell.expected_error;
  if (cell.may_raise) flags += " may_raise";
  if (cell.skip) flags += " skip";
  return flags;
}

std::string TextOf(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += ToString(problem) + "\n";
  return text;
}

}  // namespace

JobReading Read(const std::string& path, std::string_view text, const Files& files) {
  const FileReader read_file =
      [&](const std::string& name) -> std::variant<std::string, FileFailure> {
    if (files.contains(name + "/")) return FileFailure{"is a directory"};
    const auto found = files.find(name);
    if (found == files.end()) return FileFailure{"No such file or directory"};
    return found->second;
  };
  JobReading reading = ReadJob(path, text, read_file);
  EXPECT_EQ(reading.job.has_value(), reading.problems.empty());
  return reading;
}

std::string ProblemsOf(std::string_view text, const Files& files, const std::string& path) {
  return TextOf(Read(path, text, files).problems);
}

std::string CellsOf(const std::string& path, std::string_view text, const Files& files) {
  const JobReading reading = Read(path, text, files);
  if (!reading.job) return TextOf(reading.problems);
  std::string lines;
  for (std::size_t i = 0; i < reading.job->cells.size(); ++i) {
    const Cell& cell = reading.job->cells[i];
    lines += "[" + std::to_string(i) + "] " + (cell.name.empty() ? "-" : cell.name) + " " +
             cell.file + ":" + std::to_string(cell.line) + " |" + OneLineOf(cell.source) + "|" +
             FlagsOf(cell) + "\n";
  }
  return lines;
}

std::string WithCell(std::string_view rest) {
  return std::string(rest) + "\n[[cell]]\ncode = '1'\n";
}

}  // namespace cellar
