// The arguments of commands that make runs: job files, parameter values, what goes before a job's
// own words.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runner/cli/commands.h"
#include "runner/job_loading.h"

namespace cellar {

struct JobArguments {
  std::vector<std::string> files;
  std::vector<std::string> assignments;
  std::vector<std::string> value_files;
  std::string kernel;
  std::string timeout;
};

void AddJobArguments(CLI::App& app, JobArguments* arguments);

/// -p and -f. Throws Error kUsage.
GivenValues ReadGivenValues(const JobArguments& arguments);

/// All of them, or none: then every problem has been written to `invocation.err`. nullopt: no
/// values are given yet. `on_problem` hears of each too. Throws Error kUsage.
std::vector<LoadedJob> LoadJobs(Invocation& invocation, const JobArguments& arguments,
                                const std::optional<GivenValues>& given,
                                const std::function<void(const Problem&)>& on_problem = {});

}  // namespace cellar
