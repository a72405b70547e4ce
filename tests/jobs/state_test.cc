#include "jobs/state.h"

#include <gtest/gtest.h>

#include <string>

namespace cellar {
namespace {

// The words of all values from 0 on; checks that each is read back as itself.
template <typename E, typename Parse>
std::string WordsOf(E last, Parse parse) {
  std::string words;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const std::string_view word = ToWord(static_cast<E>(i));
    EXPECT_EQ(parse(word), static_cast<E>(i)) << word;
    words += (words.empty() ? "" : " ") + std::string(word);
  }
  EXPECT_EQ(parse("nonsense"), std::nullopt);
  EXPECT_EQ(parse(""), std::nullopt);
  return words;
}

TEST(StateTest, HasTheWordsOfTheContract) {
  EXPECT_EQ(WordsOf(RunState::kCancelled, ParseRunState),
            "queued running succeeded failed cancelled");
  EXPECT_EQ(WordsOf(RunReason::kDependency, ParseRunReason),
            "cell_error cell_timeout run_timeout stalled kernel_died kernel_unavailable "
            "gateway_unreachable gateway_lost output_limit interrupted store_full by_user overlap "
            "dependency");
  EXPECT_EQ(WordsOf(CellState::kUnknown, ParseCellState),
            "pending running succeeded failed skipped not_run unknown");
  EXPECT_EQ(WordsOf(CellReason::kAborted, ParseCellReason),
            "error timeout kernel_died stalled output_limit no_reply aborted");
  EXPECT_EQ(WordsOf(CellKind::kParameters, ParseCellKind), "code parameters");
  EXPECT_EQ(WordsOf(EventKind::kForeignTraffic, ParseEventKind),
            "outputs_lost outputs_truncated resumed late_output foreign_traffic");
  EXPECT_EQ(WordsOf(OutputType::kError, ParseOutputType),
            "stream display_data execute_result error");
  EXPECT_EQ(WordsOf(Overlap::kReplace, ParseOverlap), "queue skip replace");
  EXPECT_EQ(WordsOf(CatchUp::kNone, ParseCatchUp), "latest all none");
}

TEST(StateTest, KnowsWhichStatesAreEnds) {
  EXPECT_FALSE(IsEnded(RunState::kQueued));
  EXPECT_FALSE(IsEnded(RunState::kRunning));
  EXPECT_TRUE(IsEnded(RunState::kSucceeded));
  EXPECT_TRUE(IsEnded(RunState::kFailed));
  EXPECT_TRUE(IsEnded(RunState::kCancelled));
}

}  // namespace
}  // namespace cellar
