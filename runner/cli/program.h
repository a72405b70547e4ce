// From the arguments to a command: reads the command line and the configuration, runs the command.
#pragma once

#include <string>
#include <vector>

#include "runner/cli/output.h"

namespace cellar {

/// `arguments` without the program's name. Returns the exit code; throws Error, whose kind decides
/// it otherwise.
int RunProgram(const std::vector<std::string>& arguments, Output& out, Output& err);

}  // namespace cellar
