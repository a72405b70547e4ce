// Whether another attempt follows, and after how long; why a run fails where Cellar could not go
// on.
#include "runner/outcome.h"

#include <gtest/gtest.h>

#include <string>

namespace cellar {
namespace {

class RetryTest : public testing::Test {
 protected:
  RetryTest() {
    retry_.attempts = 9;
    retry_.delay = std::chrono::milliseconds(100);
    retry_.backoff = 2;
  }

  /// "100 ms", "poison" or "none".
  std::string Choice(RunReason reason, const RetryFacts& facts) const {
    const RetryChoice choice = ChooseRetry(retry_, {RunState::kFailed, reason, ""}, facts);
    if (choice.delay) return std::to_string(choice.delay->count()) + " ms";
    return choice.is_poison ? "poison" : "none";
  }

  Retry retry_;
};

TEST_F(RetryTest, FollowsReasonNumberDelayAndBackoff) {
  retry_.attempts = 3;
  EXPECT_EQ(Choice(RunReason::kKernelDied, {1}), "100 ms");
  EXPECT_EQ(Choice(RunReason::kKernelDied, {2}), "200 ms");
  EXPECT_EQ(Choice(RunReason::kKernelDied, {3}), "none");
  EXPECT_EQ(Choice(RunReason::kCellError, {1}), "none");
  retry_.on = {RunReason::kCellError};
  EXPECT_EQ(Choice(RunReason::kCellError, {1}), "100 ms");
  EXPECT_EQ(ChooseRetry(retry_, Outcome{}, {1}).delay, std::nullopt);
}

TEST_F(RetryTest, WaitsUpToAQuarterLongerAtRandom) {
  EXPECT_EQ(Choice(RunReason::kKernelDied, {1, 0, 0.5}), "112 ms");
  EXPECT_EQ(Choice(RunReason::kKernelDied, {1, 0, 1.0}), "125 ms");
}

TEST_F(RetryTest, NeverWaitsLongerThanADay) {
  retry_.attempts = 1000;
  EXPECT_EQ(Choice(RunReason::kKernelDied, {999, 0, 1.0}), "86400000 ms");
}

TEST_F(RetryTest, EndsWithTheThirdDeath) {
  EXPECT_EQ(Choice(RunReason::kKernelDied, {2, 2}), "200 ms");
  EXPECT_EQ(Choice(RunReason::kKernelDied, {3, 3}), "poison");
  EXPECT_EQ(Choice(RunReason::kGatewayLost, {4, 3}), "poison");
  EXPECT_EQ(Choice(RunReason::kKernelDied, {9, 3}), "none");  // there would be none anyway
  EXPECT_EQ(Choice(RunReason::kCellError, {1, 3}), "none");
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
