// What a cell's error output tells: its name, its traceback, and the line of the source that
// raised.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

struct CellFailure {
  std::string name;         // "KeyError"; empty: there is no error output
  std::string value;        // what follows the name
  std::string traceback;    // as the kernel sent it, control sequences and all
  std::optional<int> line;  // of the source, from 1; nullopt: nobody says
};

/// Of the last error output in `outputs`; all of it is empty where there is none.
CellFailure FailureOf(const CellRecord& cell, const std::vector<OutputRecord>& outputs);

/// The line of the cell's file that raised, else the one at which the cell begins.
int FailingFileLine(const CellRecord& cell, const CellFailure& failure);

/// The cell that a report of the run should speak of: the first that failed, else one that nobody
/// can say anything about, else the one that is running. nullptr: none of them.
const CellRecord* CellToBlame(const std::vector<CellRecord>& cells);

}  // namespace cellar
