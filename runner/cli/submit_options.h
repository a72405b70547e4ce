// The options of `submit`.
#pragma once

#include <string>
#include <vector>

#include "runner/cli/job_arguments.h"

namespace cellar {

struct SubmitOptions {
  JobArguments job;
  std::vector<std::string> sweeps;
  std::vector<std::string> after;
  int priority = 0;
  std::string at;
  std::string key;
  bool wait = false;
};

}  // namespace cellar
