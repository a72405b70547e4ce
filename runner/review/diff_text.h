// The difference of two runs for people.
#pragma once

#include <string>

#include "runner/review/run_diff.h"
#include "runner/review/run_text.h"

namespace cellar {

/// Both runs, their parameters where they differ, a table of the cells, and the lines that differ.
std::string DiffText(const RunDiff& diff, const TextLook& look);

}  // namespace cellar
