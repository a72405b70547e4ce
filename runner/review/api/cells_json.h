// Attempts and cells as the API has them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runner/review/api/outputs_json.h"
#include "store/attempts.h"
#include "store/history.h"

namespace cellar {

/// `Attempt`.
nlohmann::ordered_json AttemptToJson(const AttemptRecord& attempt);

/// `Cell`, with its outputs.
nlohmann::ordered_json CellWithOutputs(const ApiContext& context, RunId run, int attempt,
                                       const CellRecord& cell, AnswerRoom* room);

/// `LiveCell`: without source and outputs.
nlohmann::ordered_json LiveCellToJson(const CellRecord& cell);

}  // namespace cellar
