#include "store/definition.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "jobs/error.h"
#include "jobs/job_json.h"
#include "store/contents.h"
#include "store/stored_values.h"

namespace cellar {

std::string TakeValues(Job* job) {
  auto values = nlohmann::ordered_json::object();
  for (Parameter& parameter : job->parameters) {
    if (!parameter.value) continue;
    values[parameter.name] = *std::move(parameter.value);
    parameter.value.reset();
  }
  return values.dump();
}

std::string DefinitionText(const Job& job) { return ToJson(job).dump(); }

Job ReadDefinition(Database& database, std::int64_t definition, const std::string& parameters) {
  const auto values = ParseStored(database, parameters);
  const auto shared = ParseStored(database, ReadContent(database, definition));
  try {
    Job job = JobFromJson(shared);
    for (Parameter& parameter : job.parameters) {
      const auto value = values.find(parameter.name);
      if (value != values.end()) parameter.value = *value;
    }
    return job;
  } catch (const Error& error) {
    database.FailDamaged(error.what());
  }
}

}  // namespace cellar
