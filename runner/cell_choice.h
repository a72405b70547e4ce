// CELL as an argument: a cell's index, or its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/history.h"

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

/// The cell that an argument names in the last attempt of a run, which may still be to begin.
class NamedCell {
 public:
  /// An empty argument names all. The store must stay.
  NamedCell(const Store& store, RunId run, std::string argument);

  /// What NoSuchCell says, where the run, or before its first attempt its job, has no such cell.
  std::optional<std::string> Refusal() const;
  bool Has(int index);

 private:
  const Store& store_;
  RunId run_;
  std::string argument_;
  std::vector<CellRecord> cells_;  // as far as they are known
};

/// Throws Error kUsage: the run has no such cell.
[[noreturn]] void RefuseCell(const std::string& command, RunId run,
                             const std::vector<CellRecord>& cells, const std::string& argument);

}  // namespace cellar
