#include "runner/cli/job_arguments.h"

#include <CLI/CLI.hpp>

#include "runner/cli/time_arguments.h"
#include "runner/review/terminal_text.h"

namespace cellar {

void AddJobArguments(CLI::App& app, JobArguments* arguments) {
  app.add_option("FILE", arguments->files, "Job files; - is standard input")->required();
  app.add_option("-p", arguments->assignments, "A parameter's value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("-f", arguments->value_files, "A TOML or JSON file of such values")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--kernel", arguments->kernel, "The kernelspec, before what the job says")
      ->type_name("NAME");
  app.add_option("--timeout", arguments->timeout, "Of each attempt, before what the job says")
      ->type_name("DURATION");
}

GivenValues ReadGivenValues(const JobArguments& arguments) {
  return ReadGivenValues(arguments.assignments, arguments.value_files);
}

std::vector<LoadedJob> LoadJobs(Invocation& invocation, const JobArguments& arguments,
                                const std::optional<GivenValues>& given,
                                const std::function<void(const Problem&)>& on_problem) {
  const auto timeout = ReadDuration("--timeout", arguments.timeout);
  std::vector<LoadedJob> jobs;
  bool sound = true;
  for (const std::string& path : arguments.files) {
    JobLoading loading = given ? LoadJob(path, *given) : LoadJob(path);
    for (const Problem& problem : loading.problems) {
      invocation.err.Write(PlainLine(ToString(problem)) + "\n");
      if (on_problem) on_problem(problem);
      sound = false;
    }
    if (!loading.loaded) continue;
    Job& job = loading.loaded->job;
    if (!arguments.kernel.empty()) job.kernel = arguments.kernel;
    if (timeout) job.timeout = timeout;
    jobs.push_back(std::move(*loading.loaded));
  }
  if (!sound) jobs.clear();
  return jobs;
}

}  // namespace cellar
