#include "store/run_list.h"

#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class RunListTest : public StoreTest {
 protected:
  Store store_ = OpenStore();
};

TEST_F(RunListTest, LooksThroughABoundedNumberOfRunsForAText) {
  int made = 0;
  const auto next = [&]() -> std::optional<NewRun> {
    ++made;
    if (made > 20'003) return std::nullopt;
    return RunOf(made <= 2 ? "rare" : "common", {});
  };
  AddRuns(store_, next, At());
  RunListing listing;
  listing.text = "rare";
  const RunPage first = ListRuns(store_, listing);
  EXPECT_TRUE(first.runs.empty());
  EXPECT_EQ(first.next, "-id::4");
  listing.cursor = first.next.value();
  const RunPage second = ListRuns(store_, listing);
  ASSERT_EQ(second.runs.size(), 2u);
  EXPECT_EQ(second.runs[0].id, RunId{2});
  EXPECT_EQ(second.next, std::nullopt);
  EXPECT_EQ(CountListed(store_, listing), 20'003);
}

TEST_F(RunListTest, TakesTheDurationOfTheLastAttempt) {
  const Claim claim = Begin(store_, RunOf("retried", {}));
  AttemptWriter(store_, claim.attempt, 0)
      .End({RunState::kFailed, RunReason::kKernelDied, "", Millis(900), true}, At(1000));
  const Claim second = store_.ClaimRun(claim.run, At(2000)).value();
  AttemptWriter(store_, second.attempt, 0).End({RunState::kSucceeded, {}, "", Millis(5)}, At(2010));
  Finish(store_, Begin(store_, RunOf("once", {})));  // 1 ms
  RunListing listing;
  listing.order = RunOrder::kDuration;
  const RunPage page = ListRuns(store_, listing);
  ASSERT_EQ(page.runs.size(), 2u);
  EXPECT_EQ(page.runs[0].duration, Millis(5));
  EXPECT_EQ(page.runs[1].job, "once");
}

}  // namespace
}  // namespace cellar
