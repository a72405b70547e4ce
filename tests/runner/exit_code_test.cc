#include "runner/exit_code.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace cellar {
namespace {

TEST(ExitCodeTest, FollowsTheContractForEveryReason) {
  const std::map<std::string, int> contract{
      {"cell_error", 1},
      {"cell_timeout", 124},
      {"run_timeout", 124},
      {"stalled", 124},
      {"kernel_died", 3},
      {"kernel_unavailable", 3},
      {"gateway_unreachable", 3},
      {"gateway_lost", 3},
      {"output_limit", 1},
      {"interrupted", 3},
      {"store_full", 4},
      {"by_user", 1},
      {"overlap", 75},
      {"dependency", 1},
  };
  for (const auto& [word, code] : contract) {
    const RunReason reason = ParseRunReason(word).value();
    const RunState state = reason >= RunReason::kByUser ? RunState::kCancelled : RunState::kFailed;
    EXPECT_EQ(ExitCodeOf(state, reason), code) << word;
  }
  EXPECT_EQ(ExitCodeOf(RunState::kSucceeded, std::nullopt), 0);
}

TEST(ExitCodeTest, BlamesTheStoreForAnEndThatItCouldNotTake) {
  EXPECT_EQ(ExitCodeOf(RunState::kRunning, std::nullopt), 4);
}

TEST(ExitCodeTest, FollowsTheKindOfAnError) {
  EXPECT_EQ(ExitCodeOf(ErrorKind::kUsage), 2);
  EXPECT_EQ(ExitCodeOf(ErrorKind::kGatewayRefused), 3);
  EXPECT_EQ(ExitCodeOf(ErrorKind::kKernelUnavailable), 3);
  EXPECT_EQ(ExitCodeOf(ErrorKind::kStoreFull), 4);
  EXPECT_EQ(ExitCodeOf(ErrorKind::kOutput), 4);
  EXPECT_EQ(ExitCodeOf(ErrorKind::kOutputClosed), 0);
}

TEST(ExitCodeTest, TakesTheWorseOfTwoInEitherOrder) {
  EXPECT_EQ(WorseExitCode(0, 1), 1);
  EXPECT_EQ(WorseExitCode(1, 0), 1);
  EXPECT_EQ(WorseExitCode(124, 1), 124);
  EXPECT_EQ(WorseExitCode(3, 124), 3);
  EXPECT_EQ(WorseExitCode(3, 4), 4);
  EXPECT_EQ(WorseExitCode(130, 4), 130);
}

}  // namespace
}  // namespace cellar
