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

RetryChoice ChooseRetry(const Retry& retry, const Outcome& outcome, const RetryFacts& facts) {
  RetryChoice choice;
  if (outcome.state != RunState::kFailed || facts.number >= retry.attempts) return choice;
  // What the job's own code cannot cause.
  static const std::vector<RunReason> kDefault{
      RunReason::kKernelDied, RunReason::kKernelUnavailable, RunReason::kGatewayUnreachable,
      RunReason::kGatewayLost, RunReason::kInterrupted};
  const auto& on = retry.on.empty() ? kDefault : retry.on;
  if (std::find(on.begin(), on.end(), *outcome.reason) == on.end()) return choice;
  choice.is_poison = facts.deaths >= kMostDeaths;
  if (choice.is_poison) return choice;
  const double delay =
      static_cast<double>(retry.delay.count()) * std::pow(retry.backoff, facts.number - 1);
  const double longest = 86'400'000.0;
  choice.delay = std::chrono::milliseconds(
      static_cast<std::int64_t>(std::min(delay * (1 + facts.random / 4), longest)));
  return choice;
}

}  // namespace cellar
