#include "runner/cell_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/error.h"
#include "jobs/number_text.h"

namespace cellar {

bool IsCell(const CellRecord& cell, const std::string& argument) {
  if (argument.empty()) return true;
  const auto index = NumberOf<int>(argument);
  return index ? cell.index == *index : cell.name == argument;
}

std::vector<CellRecord> ChooseCells(const std::string& command, RunId run,
                                    const std::vector<CellRecord>& cells,
                                    const std::vector<std::string>& arguments) {
  if (arguments.empty()) return cells;
  for (const std::string& argument : arguments) {
    const auto is_meant = [&](const CellRecord& cell) { return IsCell(cell, argument); };
    if (std::ranges::none_of(cells, is_meant)) RefuseCell(command, run, cells, argument);
  }
  std::vector<CellRecord> chosen;
  for (const CellRecord& cell : cells) {
    const auto names_it = [&](const std::string& argument) { return IsCell(cell, argument); };
    if (std::ranges::any_of(arguments, names_it)) chosen.push_back(cell);
  }
  return chosen;
}

std::string NoSuchCell(RunId run, const std::vector<CellRecord>& cells,
                       const std::string& argument) {
  return fmt::format("run {} has no cell {}{}", run.value,
                     NumberOf<int>(argument) ? argument : "\"" + argument + "\"",
                     cells.empty() ? "" : fmt::format(": its last is {}", cells.size() - 1));
}

void RefuseCell(const std::string& command, RunId run, const std::vector<CellRecord>& cells,
                const std::string& argument) {
  throw Error(ErrorKind::kUsage, command + ": " + NoSuchCell(run, cells, argument));
}

}  // namespace cellar
