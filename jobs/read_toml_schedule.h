// The tables [concurrency] and [schedule] of a job file: when its runs may and shall begin.
#pragma once

#include <optional>

#include "jobs/job.h"
#include "jobs/toml_reader.h"

namespace cellar {

/// Takes the table from `top`; nullopt: there is none. The key is empty where none is given: the
/// job's name, then.
std::optional<Concurrency> ReadTomlConcurrency(TomlText* text, TomlReader* top);

/// Takes the table from `top`; nullopt: there is none. Whether there is such a time zone is left to
/// those who have the system's list of them.
std::optional<Schedule> ReadTomlSchedule(TomlText* text, TomlReader* top);

}  // namespace cellar
