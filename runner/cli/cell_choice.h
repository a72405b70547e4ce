// CELL as an argument: a cell's index, or its name.
#pragma once

#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

/// Whether `argument` names the cell; an empty one names any.
bool IsCell(const CellRecord& cell, const std::string& argument);

/// Throws Error kUsage: the run has no such cell.
[[noreturn]] void RefuseCell(const std::string& command, RunId run,
                             const std::vector<CellRecord>& cells, const std::string& argument);

}  // namespace cellar
