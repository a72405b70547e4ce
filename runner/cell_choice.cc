#include "runner/cell_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

NamedCell::NamedCell(const Store& store, RunId run, std::string argument)
    : store_(store),
      run_(run),
      argument_(std::move(argument)),
      cells_(argument_.empty() ? std::vector<CellRecord>{} : FindCells(store, run)) {}

std::optional<std::string> NamedCell::Refusal() const {
  const auto is_meant = [&](const CellRecord& cell) { return IsCell(cell, argument_); };
  if (argument_.empty() || std::ranges::any_of(cells_, is_meant)) return std::nullopt;
  if (cells_.empty()) {
    const std::optional<Job> job = JobOfRun(store_, run_);
    const auto has_name = [&](const Cell& cell) { return cell.name == argument_; };
    const bool may_come =
        NumberOf<int>(argument_) || (job && std::ranges::any_of(job->cells, has_name));
    if (may_come) return std::nullopt;
  }
  return NoSuchCell(run_, cells_, argument_);
}

bool NamedCell::Has(int index) {
  if (argument_.empty()) return true;
  if (index >= std::ssize(cells_)) cells_ = FindCells(store_, run_);
  return index < std::ssize(cells_) && IsCell(cells_[static_cast<std::size_t>(index)], argument_);
}

void RefuseCell(const std::string& command, RunId run, const std::vector<CellRecord>& cells,
                const std::string& argument) {
  throw Error(ErrorKind::kUsage, command + ": " + NoSuchCell(run, cells, argument));
}

}  // namespace cellar
