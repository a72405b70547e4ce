#include <algorithm>
#include <cmath>

#include "runner/attempt.h"

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

std::optional<std::chrono::milliseconds> RetryDelay(const Retry& retry, int number,
                                                    const Outcome& outcome) {
  if (outcome.state != RunState::kFailed || number >= retry.attempts) return std::nullopt;
  // What the job's own code cannot cause.
  static const std::vector<RunReason> kDefault{
      RunReason::kKernelDied, RunReason::kKernelUnavailable, RunReason::kGatewayUnreachable,
      RunReason::kGatewayLost, RunReason::kInterrupted};
  const auto& on = retry.on.empty() ? kDefault : retry.on;
  if (std::find(on.begin(), on.end(), *outcome.reason) == on.end()) return std::nullopt;
  const double delay =
      static_cast<double>(retry.delay.count()) * std::pow(retry.backoff, number - 1);
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(delay, 86'400'000.0)));
}

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
                      "the gateway dropped outputs (--strict-outputs)");
  }
  return verdict;
}

}  // namespace cellar
