// A Job as JSON and back, whole: what a run keeps of its job, so that later edits change nothing.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "jobs/job.h"

namespace cellar {

nlohmann::ordered_json ToJson(const Job& job);

/// The inverse of ToJson. Throws Error (kStore) when the text was not written by ToJson.
Job JobFromJson(const nlohmann::ordered_json& json);

}  // namespace cellar
