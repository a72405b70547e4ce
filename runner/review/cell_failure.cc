#include "runner/review/cell_failure.h"

#include <algorithm>

#include "jobs/source_text.h"
#include "runner/review/failing_line.h"
#include "runner/review/json_values.h"
#include "runner/review/output_text.h"

namespace cellar {
namespace {

/// The line of the source that raised, from 1. IPython counts without the blank lines with which a
/// cell begins.
std::optional<int> FailingSourceLine(const CellRecord& cell, const std::string& traceback) {
  const auto failing = FailingLine(TerminalView(traceback, Colours::kStrip), cell.execution_count);
  if (!failing) return std::nullopt;
  const auto lines = SplitLines(cell.source);
  const auto is_text = [](std::string_view line) { return !Trimmed(line).empty(); };
  const auto first = std::find_if(lines.begin(), lines.end(), is_text);
  return *failing + static_cast<int>(first - lines.begin());
}

}  // namespace

CellFailure FailureOf(const CellRecord& cell, const std::vector<OutputRecord>& outputs) {
  CellFailure failure;
  const auto is_error = [](const OutputRecord& output) {
    return StringAt(output.body, "output_type") == "error";
  };
  const auto last = std::find_if(outputs.rbegin(), outputs.rend(), is_error);
  if (last == outputs.rend()) return failure;
  failure.name = StringAt(last->body, "ename");
  failure.value = StringAt(last->body, "evalue");
  failure.traceback = RawTextOf(last->body);
  failure.line = FailingSourceLine(cell, failure.traceback);
  return failure;
}

int FailingFileLine(const CellRecord& cell, const CellFailure& failure) {
  return cell.line + failure.line.value_or(1) - 1;
}

const CellRecord* CellToBlame(const std::vector<CellRecord>& cells) {
  for (const CellState state : {CellState::kFailed, CellState::kUnknown, CellState::kRunning}) {
    const auto found = std::find_if(cells.begin(), cells.end(),
                                    [&](const CellRecord& cell) { return cell.state == state; });
    if (found != cells.end()) return &*found;
  }
  return nullptr;
}

}  // namespace cellar
