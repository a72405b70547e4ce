// CELL as an argument: a cell's index, or its name.
#pragma once

#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

/// Whether `argument` names the cell; an empty one names any.
bool IsCell(const CellRecord& cell, const std::string& argument);

/// Those of a run's cells that are named, in their order; all where none is named. Throws Error
/// kUsage when a name fits none. `command`: for the message.
std::vector<CellRecord> ChooseCells(const std::string& command, RunId run,
                                    const std::vector<CellRecord>& cells,
                                    const std::vector<std::string>& arguments);

/// "run 7 has no cell \"laod\": its last is 3".
std::string NoSuchCell(RunId run, const std::vector<CellRecord>& cells,
                       const std::string& argument);

/// Throws Error kUsage: the run has no such cell.
[[noreturn]] void RefuseCell(const std::string& command, RunId run,
                             const std::vector<CellRecord>& cells, const std::string& argument);

}  // namespace cellar
