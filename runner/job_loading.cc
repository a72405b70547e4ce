#include "runner/job_loading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "runner/file_text.h"
#include "runner/time_zone.h"
#include "store/sha256.h"

namespace cellar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestJobFile = 64 * 1024 * 1024;

std::variant<std::string, FileFailure> ReadInput(const std::string& path) {
  if (path == "-") return ReadDescriptorText(STDIN_FILENO, kLargestJobFile);
  return ReadFileText(path, kLargestJobFile);
}

/// Reads what a job file names. Only ordinary files: a pipe would wait for its writer.
std::variant<std::string, FileFailure> ReadNamedFile(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
    return FileFailure{"is not an ordinary file"};
  }
  return ReadFileText(path, kLargestJobFile);
}

void ReadValueFile(const std::string& path, GivenValues* values,
                   std::vector<std::string>* problems) {
  const auto text = ReadInput(path);
  if (const auto* failure = std::get_if<FileFailure>(&text)) {
    problems->push_back(fmt::format("{}: {}", path, failure->why));
    return;
  }
  for (auto& value : ReadValues(path, std::get<std::string>(text), problems)) {
    values->push_back(std::move(value));
  }
}

}  // namespace

GivenValues ReadGivenValues(const std::vector<std::string>& assignments,
                            const std::vector<std::string>& value_files) {
  GivenValues values;
  std::vector<std::string> problems;
  for (const std::string& path : value_files) ReadValueFile(path, &values, &problems);
  for (const std::string& text : assignments) {
    auto assignment = ParseAssignment(text);
    if (assignment) {
      values.push_back(std::move(*assignment));
    } else {
      problems.push_back(fmt::format("-p {}: not of the form name=value", text));
    }
  }
  if (!problems.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}", fmt::join(problems, "; ")));
  }
  return values;
}

JobLoading LoadJob(const std::string& path) {
  const auto text = ReadInput(path);
  if (const auto* failure = std::get_if<FileFailure>(&text)) {
    return {std::nullopt, {{path, 0, 0, failure->why, ""}}};
  }
  const FileReader read_file = [](const std::string& named) { return ReadNamedFile(named); };
  return LoadJobText(path, std::get<std::string>(text), read_file);
}

JobLoading LoadJobText(const std::string& path, const std::string& text,
                       const FileReader& read_file) {
  JobReading reading = ReadJob(path, text, read_file);
  if (!reading.job) return {std::nullopt, std::move(reading.problems)};
  if (reading.job->schedule) {
    const auto fault = FaultOfTimeZone(reading.job->schedule->timezone);
    if (fault) return {std::nullopt, {{path, 0, 0, "[schedule]: timezone: " + *fault, ""}}};
  }
  return {LoadedJob{std::move(*reading.job), path, Sha256(text), text}, {}};
}

JobLoading LoadJob(const std::string& path, const GivenValues& given) {
  return WithValues(LoadJob(path), given);
}

JobLoading WithValues(JobLoading loading, const GivenValues& given) {
  if (!loading.loaded) return loading;
  LoadedJob& loaded = *loading.loaded;
  for (const std::string& what : GiveParameters(given, &loaded.job)) {
    loading.problems.push_back({loaded.path, 0, 0, what, ""});
  }
  if (!loading.problems.empty()) loading.loaded.reset();
  return loading;
}

std::map<std::string, std::string> NamedTexts(const LoadedJob& loaded) {
  std::map<std::string, std::string> texts;
  const fs::path path = loaded.path;
  const FileReader read_file = [&](const std::string& named) {
    auto text = ReadNamedFile(path.parent_path() / named);
    if (const auto* read = std::get_if<std::string>(&text)) texts[named] = *read;
    return text;
  };
  ReadJob(path.filename().string(), loaded.text, read_file);  // without a folder: as it names them
  return texts;
}

NewRun SubmissionOf(const LoadedJob& loaded) {
  NewRun run;
  run.job = loaded.job;
  run.job_file = std::filesystem::absolute(loaded.path).lexically_normal().string();
  run.job_sha256 = loaded.sha256;
  return run;
}

}  // namespace cellar
