// What silence, limits and late answers mean for a cell, without a clock.
#include "runner/cell_watch.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CellWatchTest : public testing::Test {
 protected:
  /// What is to be done `after` the cell's begin, in a word or two.
  std::string At(milliseconds after) {
    const CellStep step = watch_.Look(begin_ + after, facts_);
    switch (step.kind) {
      case CellStep::Kind::kWait:
        return "wait";
      case CellStep::Kind::kInterrupt:
        return "interrupt";
      case CellStep::Kind::kJudge:
        return step.idle_missing ? "judge, idle missing" : "judge";
      case CellStep::Kind::kEnd:
        break;
    }
    const CellVerdict& verdict = step.verdict;
    std::string text = std::string(ToWord(verdict.state));
    if (verdict.reason) text += " " + std::string(ToWord(*verdict.reason));
    text += ", run " + std::string(ToWord(verdict.run_reason.value()));
    return text + (verdict.ends_attempt ? ", ends" : "");
  }

  void Limit(std::optional<milliseconds> cell, std::optional<milliseconds> run,
             std::optional<milliseconds> stall) {
    CellLimits limits;
    limits.cell = cell;
    limits.run = run;
    limits.stall = stall;
    watch_ = CellWatch(limits, begin_ - seconds(10), begin_);
  }

  const SteadyTime begin_ = SteadyTime(seconds(1000));
  CellFacts facts_;
  CellWatch watch_{CellLimits{}, begin_, begin_};
};

TEST_F(CellWatchTest, WaitsForReplyAndIdleInEitherOrder) {
  EXPECT_EQ(At(seconds(3600)), "wait");
  facts_.idle = true;
  EXPECT_EQ(At(seconds(3601)), "wait");
  facts_.replied = true;
  EXPECT_EQ(At(seconds(3602)), "judge");
}

TEST_F(CellWatchTest, GivesIdleFourSilentSecondsAfterTheReply) {
  facts_.replied = true;
  EXPECT_EQ(At(seconds(1)), "wait");
  facts_.last_message = begin_ + seconds(3);
  EXPECT_EQ(At(milliseconds(6999)), "wait");
  EXPECT_EQ(At(seconds(7)), "judge, idle missing");
}

TEST_F(CellWatchTest, WaitsForAMessageThatIsHalfHereHoweverLongItTakes) {
  facts_.replied = true;
  EXPECT_EQ(At(seconds(1)), "wait");
  facts_.receiving = true;
  EXPECT_EQ(At(seconds(60)), "wait");
  facts_.receiving = false;
  facts_.last_message = begin_ + seconds(61);
  EXPECT_EQ(At(seconds(62)), "wait");
  facts_.idle = true;
  EXPECT_EQ(At(seconds(62)), "judge");
}

TEST_F(CellWatchTest, GivesTheReplyTenSecondsAfterIdle) {
  facts_.idle = true;
  EXPECT_EQ(At(seconds(1)), "wait");
  EXPECT_EQ(At(milliseconds(10'999)), "wait");
  EXPECT_EQ(At(seconds(11)), "failed no_reply, run cell_error");
}

TEST_F(CellWatchTest, InterruptsOnceWhenTheCellsTimeoutPassedAndWaitsAGrace) {
  Limit(seconds(2), std::nullopt, std::nullopt);
  EXPECT_EQ(At(milliseconds(1999)), "wait");
  EXPECT_EQ(At(seconds(2)), "interrupt");
  EXPECT_EQ(At(seconds(3)), "wait");
  EXPECT_EQ(At(seconds(7)), "failed timeout, run cell_timeout, ends");
}

TEST_F(CellWatchTest, InterruptsOnceMoreACellThatHadNotBegun) {
  Limit(seconds(2), std::nullopt, std::nullopt);
  EXPECT_EQ(At(seconds(2)), "interrupt");
  EXPECT_EQ(At(seconds(3)), "wait");
  facts_.begun = true;
  EXPECT_EQ(At(seconds(4)), "interrupt");
  EXPECT_EQ(At(seconds(5)), "wait");
  EXPECT_EQ(At(seconds(7)), "failed timeout, run cell_timeout, ends");
}

TEST_F(CellWatchTest, InterruptsACellThatHasBegunOnlyOnce) {
  facts_.begun = true;
  facts_.stop = "stopped by a signal";
  EXPECT_EQ(At(seconds(1)), "interrupt");
  EXPECT_EQ(At(seconds(2)), "wait");
}

TEST_F(CellWatchTest, LetsAKernelThatObeyedGoOnAfterACellsTimeout) {
  Limit(seconds(2), std::nullopt, std::nullopt);
  EXPECT_EQ(At(seconds(2)), "interrupt");
  facts_.replied = facts_.idle = true;
  EXPECT_EQ(At(seconds(3)), "failed timeout, run cell_timeout");
}

TEST_F(CellWatchTest, LimitsNoCellThatHasReplied) {
  Limit(seconds(2), seconds(12), seconds(2));
  facts_.replied = true;
  EXPECT_EQ(At(seconds(1)), "wait");
  facts_.stop = "stopped by a signal";
  EXPECT_EQ(At(seconds(3)), "wait");
  EXPECT_EQ(At(seconds(5)), "judge, idle missing");
}

TEST_F(CellWatchTest, CountsTheRunsTimeoutFromItsBegin) {
  Limit(std::nullopt, seconds(12), std::nullopt);
  EXPECT_EQ(At(milliseconds(1999)), "wait");
  EXPECT_EQ(At(seconds(2)), "interrupt");
  facts_.replied = facts_.idle = true;
  EXPECT_EQ(At(seconds(3)), "failed timeout, run run_timeout, ends");
}

TEST_F(CellWatchTest, TakesAnySignOfLifeAgainstAStall) {
  Limit(std::nullopt, std::nullopt, seconds(5));
  facts_.last_sign = begin_ + seconds(3);
  EXPECT_EQ(At(milliseconds(7999)), "wait");
  EXPECT_EQ(At(seconds(8)), "interrupt");
  EXPECT_EQ(At(seconds(13)), "failed stalled, run stalled, ends");
}

TEST_F(CellWatchTest, CallsAStoppedCellThatNeverAnsweredUnknown) {
  facts_.stop = "stopped by a signal";
  EXPECT_EQ(At(seconds(1)), "interrupt");
  EXPECT_EQ(At(seconds(6)), "unknown, run interrupted, ends");
}

TEST_F(CellWatchTest, BelievesAReplyOverAFault) {
  facts_.fault = LinkFault::kKernelDied;
  EXPECT_EQ(At(seconds(1)), "failed kernel_died, run kernel_died, ends");
  facts_.replied = facts_.idle = true;
  EXPECT_EQ(At(seconds(1)), "judge");
}

TEST_F(CellWatchTest, CannotSayWhatACellDidBehindALostGateway) {
  facts_.fault = LinkFault::kGatewayLost;
  EXPECT_EQ(At(seconds(1)), "unknown, run gateway_lost, ends");
}

TEST_F(CellWatchTest, KnowsThatAReplyWasLostWhenALaterRequestIsAnswered) {
  facts_.fence_answered = begin_ + seconds(1);
  EXPECT_EQ(At(milliseconds(3999)), "wait");
  EXPECT_EQ(At(seconds(4)), "unknown, run gateway_lost, ends");
}

TEST_F(CellWatchTest, TakesTheReplyThatIsThereThoughALaterRequestIsAnswered) {
  facts_.replied = true;
  facts_.fence_answered = begin_ + seconds(1);
  EXPECT_EQ(At(seconds(1)), "wait");
  EXPECT_EQ(At(milliseconds(4999)), "wait");
  EXPECT_EQ(At(seconds(5)), "judge, idle missing");
}

TEST_F(CellWatchTest, WaitsForNothingBehindAReplyThatPrintsForEverWhenItIsToEnd) {
  facts_.replied = true;
  EXPECT_EQ(At(seconds(1)), "wait");
  facts_.last_message = begin_ + seconds(60);
  EXPECT_EQ(At(seconds(60)), "wait");
  facts_.stop = "cancelled";
  EXPECT_EQ(At(seconds(61)), "judge, idle missing");
}

TEST_F(CellWatchTest, LooksAgainWhenTheNextLimitIsDue) {
  Limit(milliseconds(300), std::nullopt, std::nullopt);
  EXPECT_EQ(watch_.NextLook(begin_), begin_ + milliseconds(300));
  EXPECT_EQ(At(milliseconds(300)), "interrupt");
  EXPECT_EQ(watch_.NextLook(begin_ + seconds(5)), begin_ + milliseconds(5300));
}

}  // namespace
}  // namespace cellar
