#include "runner/outcome.h"

#include <algorithm>
#include <cmath>

namespace cellar {

std::string CellLabel(int index, const std::string& name) {
  return "cell " + std::to_string(index) + (name.empty() ? "" : " (" + name + ")");
}

RunReason ReasonOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kGatewayUnreachable:
    case ErrorKind::kGatewayRefused:
      return RunReason::kGatewayUnreachable;
    case ErrorKind::kGatewayLost:
      return RunReason::kGatewayLost;
    case ErrorKind::kKernelGone:
      return RunReason::kKernelDied;
    case ErrorKind::kStoreFull:
      return RunReason::kStoreFull;
    case ErrorKind::kStore:
    case ErrorKind::kClaimLost:
      return RunReason::kInterrupted;
    // The job's own: a folder outside the root, a value that the language cannot hold.
    case ErrorKind::kUsage:
      return RunReason::kCellError;
    case ErrorKind::kGatewayBusy:
    case ErrorKind::kKernelUnavailable:
    case ErrorKind::kOutput:
    case ErrorKind::kOutputClosed:
      return RunReason::kKernelUnavailable;
  }
  return RunReason::kKernelUnavailable;
}

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

}  // namespace cellar
