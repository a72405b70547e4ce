#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/read_job.h"
#include "runner/cli/commands.h"
#include "runner/cli/run_reports.h"
#include "runner/job_loading.h"
#include "runner/review/json_dump.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

struct CheckFlags {
  std::vector<std::string> files;
  std::vector<std::string> assignments;
  std::vector<std::string> value_files;
};

std::string Plural(std::size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string Summary(const std::string& path, const Job& job) {
  std::string text =
      fmt::format("{}: job {}: {}", path, job.name, Plural(job.cells.size(), "cell"));
  if (!job.parameters.empty()) text += ", " + Plural(job.parameters.size(), "parameter");
  if (!job.kernel.empty()) text += ", kernel " + job.kernel;
  if (!job.gateway.empty()) text += ", gateway " + job.gateway;
  return text;
}

nlohmann::ordered_json ProblemToJson(const Problem& problem) {
  return {{"file", problem.file},
          {"line", problem.line},
          {"column", problem.column},
          {"what", problem.what},
          {"suggestion", problem.suggestion}};
}

nlohmann::ordered_json FileToJson(const std::string& path, const JobLoading& loading) {
  nlohmann::ordered_json file{{"file", path}, {"sound", loading.problems.empty()}};
  if (loading.loaded) {
    const Job& job = loading.loaded->job;
    file["job"] = job.name;
    file["cell_count"] = job.cells.size();
    file["job_sha256"] = loading.loaded->sha256;
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (const Parameter& parameter : job.parameters) names.push_back(parameter.name);
    file["parameters"] = std::move(names);
  }
  file["problems"] = nlohmann::ordered_json::array();
  for (const Problem& problem : loading.problems)
    file["problems"].push_back(ProblemToJson(problem));
  return file;
}

int Check(Invocation& invocation, const CheckFlags& options) {
  // Without values the file alone is judged: a required parameter may still be given.
  const bool gives = !options.assignments.empty() || !options.value_files.empty();
  const GivenValues given = ReadGivenValues(options.assignments, options.value_files);
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  CiLog log(invocation.err);
  bool sound = true;
  for (const std::string& path : options.files) {
    const JobLoading loading = gives ? LoadJob(path, given) : LoadJob(path);
    sound = sound && loading.problems.empty();
    for (const Problem& problem : loading.problems) Annotate(problem, &log);
    if (invocation.json) {
      files.push_back(FileToJson(path, loading));
      continue;
    }
    for (const Problem& problem : loading.problems) {
      invocation.out.Write(PlainLine(ToString(problem)) + "\n");
    }
    if (loading.loaded && !invocation.quiet) {
      invocation.out.Write(PlainLine(Summary(path, loading.loaded->job)) + "\n");
    }
  }
  if (invocation.json) {
    const nlohmann::ordered_json answer{{"schema_version", 1}, {"files", std::move(files)}};
    invocation.out.Write(DumpJson(answer, 2) + "\n");
  }
  return sound ? 0 : 2;
}

}  // namespace

Action DefineCheck(CLI::App& app) {
  auto options = std::make_shared<CheckFlags>();
  app.add_option("FILE", options->files, "Job files; - is standard input")->required();
  app.add_option("-p", options->assignments, "A parameter's value, to be checked as well")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("-f", options->value_files, "A TOML or JSON file of such values")
      ->type_name("FILE")
      ->allow_extra_args(false);
  return [options](Invocation& invocation) { return Check(invocation, *options); };
}

}  // namespace cellar
