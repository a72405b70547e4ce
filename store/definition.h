// A run's job as it lies in the store: the definition, shared by all runs of the same job, and the
// values of this run.
#pragma once

#include <cstdint>
#include <string>

#include "jobs/job.h"
#include "store/database.h"

namespace cellar {

/// Takes the values out of the job. Returns them: JSON, an object.
std::string TakeValues(Job* job);

/// JSON: a job without its values.
std::string DefinitionText(const Job& job);

/// The inverse of both, of the content `definition`. Throws Error (kStore) when it is not that of a
/// job.
Job ReadDefinition(Database& database, std::int64_t definition, const std::string& parameters);

}  // namespace cellar
