#include "jobs/read_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "jobs/file_format.h"
#include "jobs/read_toml_job.h"

namespace cellar {
namespace {

void CheckSources(const std::string& path, const Job& job, std::vector<Problem>* problems) {
  for (std::size_t i = 0; i < job.cells.size(); ++i) {
    const Cell& cell = job.cells[i];
    const std::string& file = cell.file.empty() ? path : cell.file;
    if (cell.source.size() > kMaxCellBytes) {
      problems->push_back(
          {file, cell.line, 0,
           fmt::format("the code of cell {} is larger than {} MiB", i, kMaxCellBytes >> 20),
           "gateways refuse such messages: read data from a file"});
    }
    if (cell.source.find('\0') != std::string::npos) {
      problems->push_back({file, cell.line, 0,
                           fmt::format("the code of cell {} has a NUL character", i),
                           "write it as an escape of the language"});
    }
  }
}

}  // namespace

JobReading ReadJob(const std::string& path, std::string_view text, const FileReader& read_file) {
  JobReading reading;
  const FileFormat format = FormatOf(path, text);
  Job job;
  if (auto fault = FaultOfText(format, path, text)) {
    reading.problems.push_back(std::move(*fault));
    return reading;
  }
  if (format == FileFormat::kToml) {
    job = ReadTomlJob(path, text, read_file, &reading.problems);
  } else {
    TakeCode(ReadCodeCells(format, path, text, "", &reading.problems), &job);
  }
  if (job.name.empty()) job.name = DefaultJobName(path);
  if (job.concurrency && job.concurrency->key.empty()) job.concurrency->key = job.name;
  CheckSources(path, job, &reading.problems);
  std::ranges::stable_sort(reading.problems, {}, [](const Problem& problem) {
    return std::tuple(problem.line, problem.column);
  });
  if (reading.problems.empty()) reading.job = std::move(job);
  return reading;
}

}  // namespace cellar
