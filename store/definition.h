// A run's job as it lies in the store: the definition, shared by all runs of the same job, and the
// values of this run.
#pragma once

#include <cstdint>
#include <string>

#include "jobs/job.h"
#include "store/database.h"

namespace cellar {

struct Definition {
  std::string text;        // JSON: the job without its values
  std::string parameters;  // JSON: an object of the values
};

Definition ToDefinition(const Job& job);

/// The inverse, of the content `definition`. Throws Error (kStore) when it is not that of a job.
Job ReadDefinition(Database& database, std::int64_t definition, const std::string& parameters);

}  // namespace cellar
