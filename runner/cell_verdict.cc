#include "runner/cell_verdict.h"

#include <string_view>

#include "jobs/source_text.h"

namespace cellar {
namespace {

constexpr std::size_t kLongestMessage = 500;  // bytes; the error output has all of it

CellVerdict Failure(CellReason reason, RunReason run_reason, const std::string& message) {
  CellVerdict verdict;
  verdict.state = CellState::kFailed;
  verdict.reason = reason;
  verdict.message = message;
  verdict.run_reason = run_reason;
  return verdict;
}

/// The first line that says something, no longer than a message may be.
std::string FirstLine(std::string_view text) {
  const std::string_view trimmed = Trimmed(text);
  const std::string_view line = trimmed.substr(0, trimmed.find('\n'));
  if (line.size() <= kLongestMessage) return std::string(line);
  std::size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return std::string(line.substr(0, end)) + "…";
}

std::string ErrorText(const CellExecution& execution) {
  const std::string value = FirstLine(execution.error_value());
  return FirstLine(execution.error_name()) + (value.empty() ? "" : ": " + value);
}

CellVerdict JudgeError(const Cell& cell, const CellExecution& execution) {
  const std::string raised = ErrorText(execution);
  if (cell.may_raise) return CellVerdict{};
  if (!cell.expects_error) return Failure(CellReason::kError, RunReason::kCellError, raised);
  if (cell.expected_error.empty() || cell.expected_error == execution.error_name()) {
    return CellVerdict{};
  }
  return Failure(CellReason::kError, RunReason::kCellError,
                 "expected " + cell.expected_error + ", raised " + raised);
}

}  // namespace

CellVerdict JudgeReply(const Cell& cell, const CellExecution& execution, bool strict_outputs) {
  CellVerdict verdict;
  if (execution.status() == "error") {
    verdict = JudgeError(cell, execution);
  } else if (execution.status() == "aborted") {
    // Another client's error aborts what waits in the kernel: the code did not run.
    verdict = Failure(CellReason::kAborted, RunReason::kCellError, "the kernel aborted the cell");
  } else if (execution.status() != "ok") {
    verdict = Failure(CellReason::kNoReply, RunReason::kCellError,
                      "the kernel's reply has the status '" + execution.status() + "'");
  } else if (cell.expects_error) {
    verdict =
        Failure(CellReason::kError, RunReason::kCellError,
                "expected " + (cell.expected_error.empty() ? "an error" : cell.expected_error) +
                    ", but nothing was raised");
  }
  if (verdict.state == CellState::kSucceeded && strict_outputs && execution.lost_outputs()) {
    verdict = Failure(CellReason::kOutputLimit, RunReason::kOutputLimit,
                      "outputs were lost (--strict-outputs)");
  }
  return verdict;
}

}  // namespace cellar
