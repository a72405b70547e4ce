// Whether another attempt follows, and after how long; why a run fails where Cellar could not go
// on.
#include "runner/outcome.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

TEST(RetryDelayTest, FollowsReasonNumberDelayAndBackoff) {
  Retry retry;
  retry.attempts = 3;
  retry.delay = std::chrono::milliseconds(100);
  retry.backoff = 2;
  const Outcome died{RunState::kFailed, RunReason::kKernelDied, ""};
  const Outcome raised{RunState::kFailed, RunReason::kCellError, ""};
  EXPECT_EQ(RetryDelay(retry, 1, died), std::chrono::milliseconds(100));
  EXPECT_EQ(RetryDelay(retry, 2, died), std::chrono::milliseconds(200));
  EXPECT_EQ(RetryDelay(retry, 3, died), std::nullopt);
  EXPECT_EQ(RetryDelay(retry, 1, raised), std::nullopt);
  retry.on = {RunReason::kCellError};
  EXPECT_EQ(RetryDelay(retry, 1, raised), std::chrono::milliseconds(100));
  EXPECT_EQ(RetryDelay(retry, 1, Outcome{}), std::nullopt);
}

TEST(ReasonOfTest, TellsTheGatewaysTroubleFromTheKernelsAndTheJobs) {
  EXPECT_EQ(ReasonOf(ErrorKind::kGatewayUnreachable), RunReason::kGatewayUnreachable);
  EXPECT_EQ(ReasonOf(ErrorKind::kGatewayRefused), RunReason::kGatewayUnreachable);
  EXPECT_EQ(ReasonOf(ErrorKind::kGatewayLost), RunReason::kGatewayLost);
  EXPECT_EQ(ReasonOf(ErrorKind::kKernelUnavailable), RunReason::kKernelUnavailable);
  EXPECT_EQ(ReasonOf(ErrorKind::kKernelGone), RunReason::kKernelDied);
  EXPECT_EQ(ReasonOf(ErrorKind::kUsage), RunReason::kCellError);
  EXPECT_EQ(ReasonOf(ErrorKind::kStoreFull), RunReason::kStoreFull);
  EXPECT_EQ(ReasonOf(ErrorKind::kClaimLost), RunReason::kInterrupted);
}

}  // namespace
}  // namespace cellar
