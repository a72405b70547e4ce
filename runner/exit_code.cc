#include "runner/exit_code.h"

#include <algorithm>
#include <array>

namespace cellar {
namespace {

int ExitCodeOfFailure(RunReason reason) {
  switch (reason) {
    case RunReason::kCellTimeout:
    case RunReason::kRunTimeout:
    case RunReason::kStalled:
      return 124;
    case RunReason::kKernelDied:
    case RunReason::kKernelUnavailable:
    case RunReason::kGatewayUnreachable:
    case RunReason::kGatewayLost:
    case RunReason::kInterrupted:
      return 3;
    case RunReason::kStoreFull:
      return 4;
    default:
      return 1;
  }
}

}  // namespace

int ExitCodeOf(RunState state, std::optional<RunReason> reason) {
  if (!IsEnded(state)) return ExitCodeOf(ErrorKind::kStoreFull);
  if (state == RunState::kSucceeded) return 0;
  if (reason == RunReason::kOverlap) return 75;
  return reason ? ExitCodeOfFailure(*reason) : 1;
}

int ExitCodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kGatewayUnreachable:
    case ErrorKind::kGatewayRefused:
    case ErrorKind::kGatewayBusy:
    case ErrorKind::kGatewayLost:
    case ErrorKind::kKernelUnavailable:
    case ErrorKind::kKernelGone:
      return 3;
    case ErrorKind::kStore:
    case ErrorKind::kStoreFull:
    case ErrorKind::kClaimLost:
    case ErrorKind::kOutput:
      return 4;
    case ErrorKind::kOutputClosed:
      return 0;
  }
  return 1;
}

int WorseExitCode(int one, int other) {
  constexpr std::array<int, 9> kMildestFirst{0, 75, 1, 124, 3, 2, 4, 143, 130};
  const auto rank = [&](int code) {
    return std::find(kMildestFirst.begin(), kMildestFirst.end(), code) - kMildestFirst.begin();
  };
  return rank(one) >= rank(other) ? one : other;
}

}  // namespace cellar
