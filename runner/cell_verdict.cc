#include "runner/cell_verdict.h"

namespace cellar {
namespace {

CellVerdict Failure(CellReason reason, RunReason run_reason, const std::string& message) {
  CellVerdict verdict;
  verdict.state = CellState::kFailed;
  verdict.reason = reason;
  verdict.message = message;
  verdict.run_reason = run_reason;
  return verdict;
}

std::string ErrorText(const CellExecution& execution) {
  const std::string& value = execution.error_value();
  return execution.error_name() + (value.empty() ? "" : ": " + value.substr(0, value.find('\n')));
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
