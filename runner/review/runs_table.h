// Runs as a table that fits the window.
#pragma once

#include <string>
#include <vector>

#include "runner/review/run_text.h"
#include "store/records.h"

namespace cellar {

/// A heading and a line a run; without a limit on columns nothing is shortened.
std::string RunsTable(const std::vector<RunRecord>& runs, const TextLook& look);

}  // namespace cellar
