// The tables [parameters] and [constraints] of a job file.
#pragma once

#include <vector>

#include "jobs/job.h"
#include "jobs/toml_reader.h"

namespace cellar {

/// Takes both tables from `top`. Defaults are held to their constraints.
std::vector<Parameter> ReadTomlParameters(TomlText* text, TomlReader* top);

}  // namespace cellar
