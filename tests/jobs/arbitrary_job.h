// Any job, text and value, for properties.
#pragma once

#include <rapidcheck.h>

#include <string>

#include "jobs/job.h"

namespace cellar {

/// UTF-8 of any characters but NUL, control characters and those beyond U+FFFF included.
rc::Gen<std::string> AnyText();

/// AnyText without control characters, not empty: what may stand on one line.
rc::Gen<std::string> AnyLine();

/// A sound parameter value: any kind, nested a few levels.
rc::Gen<Value> AnyValue();

/// A job that a TOML job file can describe, with every part of it filled or not. Cells come from
/// job.toml, their line is 1.
rc::Gen<Job> AnyJob();

/// As a TOML job file that reads back as `job`.
std::string ToToml(const Job& job);

}  // namespace cellar
