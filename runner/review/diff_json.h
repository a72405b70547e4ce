// The difference of two runs for other programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runner/review/run_diff.h"

namespace cellar {

/// `{"schema_version", "same", "runs": [before, after], "states_differ", "parameters", "cells"}`.
/// What only one run has lacks the other one's key.
nlohmann::ordered_json DiffToJson(const RunDiff& diff);

}  // namespace cellar
