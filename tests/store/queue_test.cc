#include "store/queue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/pins.h"
#include "store/queue_sql.h"
#include "store/run_control.h"
#include "store/store_impl.h"
#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class QueueTest : public StoreTest {
 protected:
  static NewRun Of(const std::string& job, int priority = 0,
                   std::optional<TimePoint> due = std::nullopt) {
    NewRun run = RunOf(job, {"1"});
    run.priority = priority;
    run.due = due;
    return run;
  }

  static NewRun Limited(const std::string& key, int limit) {
    NewRun run = RunOf("weather", {"1"});
    run.job.concurrency = Concurrency{key, limit, Overlap::kQueue};
    return run;
  }

  std::string Ready(TimePoint now, int limit = 100) const {
    std::vector<std::int64_t> ids;
    for (const ReadyRun& run : ReadyRuns(store_, now, limit)) ids.push_back(run.run.value);
    return fmt::format("{}", fmt::join(ids, " "));
  }

  std::string Waiting(TimePoint now, int limit = 0) const {
    std::string text;
    for (const QueuedRun& queued : QueuedRuns(store_, now, limit)) {
      EXPECT_EQ(Place(queued.place), Place(FindQueuePlace(store_, queued.run.id, now).value()));
      text += fmt::format("{}: run {} {}\n", queued.place.position, queued.run.id.value,
                          Place(queued.place));
    }
    return text;
  }

  static std::string Place(const QueuePlace& place) {
    switch (place.reason) {
      case WaitReason::kKernel:
        return "kernel";
      case WaitReason::kDue:
        return fmt::format("due at {}", (place.until.value() - At()).count());
      case WaitReason::kRun:
        return fmt::format("after {}", place.run.value().value);
      case WaitReason::kConcurrency:
        return fmt::format("{} has {}", place.run.value().value, place.key);
    }
    return "";
  }

  std::string PlanOf(const std::string& sql) const {
    Query query = store_.impl().database.PrepareOnce("EXPLAIN QUERY PLAN " + sql);
    std::string plan;
    while (query.Step()) plan += query.Text(3) + "\n";
    return plan;
  }

  Store store_ = OpenStore();
};

TEST_F(QueueTest, OrdersByPriorityThenDueTimeThenNumber) {
  AddRuns(store_, {Of("a"), Of("b"), Of("c", 5), Of("d", -1), Of("e", 0, At(-1000))}, At());
  AddRuns(store_, {Of("f"), Of("g", 5, At(700))}, At(-500));
  EXPECT_EQ(Ready(At(1000)), "3 7 6 1 2 5 4");
  EXPECT_EQ(Ready(At(1000), 2), "3 7");
}

TEST_F(QueueTest, TellsWhatASchedulerNeeds) {
  NewRun run = Of("weather", 3);
  run.job.kernel = "ir";
  run.job.language = "r";
  run.job.gateway = "lab";
  run.job.requires_labels = {"gpu", "eu"};
  store_.AddRun(run, At());
  const ReadyRun ready = ReadyRuns(store_, At(), 1).at(0);
  EXPECT_EQ(ready.job, "weather");
  EXPECT_EQ(ready.priority, 3);
  EXPECT_EQ(ready.kernelspec, "ir");
  EXPECT_EQ(ready.language, "r");
  EXPECT_EQ(ready.gateway, "lab");
  EXPECT_EQ(ready.requires_labels, (std::vector<std::string>{"gpu", "eu"}));
}

TEST_F(QueueTest, HoldsBackWhatIsNotDue) {
  AddRuns(store_, {Of("a", 9, At(2000)), Of("b", 0, At(1000)), Of("c")}, At());
  EXPECT_EQ(Ready(At(999)), "3");
  EXPECT_EQ(NextDue(store_, At(999)), At(1000));
  EXPECT_EQ(NextDue(store_, At(1000)), At(2000));
  EXPECT_EQ(NextDue(store_, At(2000)), std::nullopt);
  EXPECT_FALSE(store_.ClaimRun(RunId{2}, At(999)).has_value());
  EXPECT_TRUE(store_.ClaimRun(RunId{2}, At(1000)).has_value());
}

TEST_F(QueueTest, MeasuresTheQueueFromTheDueTime) {
  store_.AddRun(Of("a", 0, At(1000)), At());
  store_.AddRun(Of("b", 0, At(-1000)), At());
  store_.ClaimRun(RunId{1}, At(1250));
  store_.ClaimRun(RunId{2}, At(1250));
  EXPECT_EQ(FindRun(store_, RunId{1})->queue, Millis(250));
  EXPECT_EQ(FindRun(store_, RunId{2})->queue, Millis(1250));
}

TEST_F(QueueTest, ClaimsARunWithoutADueTimeAlsoWhenTheClockWasSetBack) {
  store_.AddRun(Of("a"), At());
  EXPECT_EQ(Ready(At(-60'000)), "1");
  EXPECT_TRUE(store_.ClaimRun(RunId{1}, At(-60'000)).has_value());
}

TEST_F(QueueTest, StartsNoMoreOfAKeyThanItsLimit) {
  AddRuns(store_, {Limited("k", 2), Limited("k", 2), Limited("k", 2), Limited("other", 1)}, At());
  EXPECT_EQ(Ready(At()), "1 2 4");
  const Claim first = store_.ClaimRun(RunId{1}, At()).value();
  store_.ClaimRun(RunId{2}, At());
  EXPECT_EQ(Ready(At()), "4");
  EXPECT_FALSE(store_.ClaimRun(RunId{3}, At()).has_value());
  Finish(store_, first);
  EXPECT_EQ(Ready(At()), "3 4");
  EXPECT_TRUE(store_.ClaimRun(RunId{3}, At()).has_value());
}

TEST_F(QueueTest, FindsThoseBehindAFullKey) {
  std::vector<NewRun> runs(1000, Limited("k", 1));
  runs.push_back(Of("last"));
  AddRuns(store_, runs, At());
  EXPECT_EQ(Ready(At(), 2), "1 1001");
}

TEST_F(QueueTest, LooksBehindTheRunsOfGatewaysThatHaveNoPlace) {
  NewRun run = Limited("k", 1);
  run.job.gateway = "lab";
  AddRuns(store_, {run, run, Of("any"), Limited("k", 1)}, At());
  EXPECT_EQ(Ready(At()), "1 3");
  const std::vector<ReadyRun> behind = ReadyRuns(store_, At(), 9, {"lab"});
  ASSERT_EQ(behind.size(), 2u);
  EXPECT_EQ(behind[0].run, RunId{3});
  EXPECT_EQ(behind[1].run, RunId{4});
  EXPECT_TRUE(ReadyRuns(store_, At(), 9, {"lab", ""}).empty());
}

TEST_F(QueueTest, KeepsForegroundRunsForTheirOwner) {
  NewRun run = Of("a");
  run.foreground = true;
  Store owner = OpenStore();
  owner.AddRun(run, At());
  EXPECT_EQ(Ready(At()), "");
  EXPECT_EQ(ReadyRuns(owner, At(), 9).size(), 1u);
}

TEST_F(QueueTest, LetsAForegroundRunClaimItsRetryWhenItThinksFit) {
  NewRun run = Of("a");
  run.foreground = true;
  const Claim claim = Begin(store_, run);
  AttemptEnd end{RunState::kFailed, RunReason::kKernelDied, "gone", Millis(1)};
  end.retries = true;
  end.retry_at = At(5000);
  AttemptWriter(store_, claim.attempt, 0).End(end, At(100));
  EXPECT_FALSE(OpenStore().ClaimRun(claim.run, At(9000)).has_value());
  EXPECT_TRUE(store_.ClaimRun(claim.run, At(4999)).has_value());
}

TEST_F(QueueTest, WaitsBeforeAnotherAttempt) {
  const Claim claim = Begin(store_, Of("a"));
  AttemptEnd end{RunState::kFailed, RunReason::kKernelDied, "the kernel died", Millis(1)};
  end.retries = true;
  end.retry_at = At(5000);
  AttemptWriter(store_, claim.attempt, 0).End(end, At(100));
  const RunRecord run = FindRun(store_, claim.run).value();
  EXPECT_EQ(run.state, RunState::kQueued);
  EXPECT_EQ(run.retry_at, At(5000));
  EXPECT_EQ(run.due, std::nullopt);
  EXPECT_EQ(NextDue(store_, At(100)), At(5000));
  Store other = OpenStore();
  EXPECT_FALSE(other.ClaimRun(claim.run, At(4999)).has_value());
  const Claim second = other.ClaimRun(claim.run, At(5020)).value();
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(FindRun(store_, claim.run)->queue, Millis(20));
  EXPECT_EQ(Ask("SELECT number, state, reason FROM attempt"), "1|failed|kernel_died\n2|running|\n");
}

TEST_F(QueueTest, SaysWhyEachWaits) {
  store_.AddRun(Limited("k", 1), At());
  store_.ClaimRun(RunId{1}, At());
  AddRuns(store_, {Of("a"), Limited("k", 1), Of("later", 9, At(1000))}, At());
  NewRun dependant = Of("d");
  dependant.after = {RunId{2}, RunId{1}};
  store_.AddRun(dependant, At());
  EXPECT_EQ(Waiting(At(500)),
            "1: run 4 due at 1000\n2: run 2 kernel\n3: run 3 1 has k\n4: run 5 after 1\n");
  EXPECT_EQ(Waiting(At(1000), 1), "1: run 4 kernel\n");
  EXPECT_EQ(FindQueuePlace(store_, RunId{5}, At())->position, 4);
  EXPECT_EQ(FindQueuePlace(store_, RunId{1}, At()), std::nullopt);
}

TEST_F(QueueTest, StartsNoMoreOnAGatewayThanItTakesWhoeverAsks) {
  AddRuns(store_, {Of("a"), Of("b"), Of("c"), Of("d")}, At());
  Store other = OpenStore();
  const Claim first = other.ClaimRun(RunId{1}, At(), {"lab", 2}).value();
  EXPECT_TRUE(store_.ClaimRun(RunId{2}, At(), {"lab", 2}).has_value());
  for (Store* store : {&store_, &other}) {
    EXPECT_FALSE(store->ClaimRun(RunId{3}, At(), {"lab", 2}).has_value());
  }
  EXPECT_EQ(Ready(At()), "3 4");
  EXPECT_TRUE(store_.ClaimRun(RunId{4}, At(), {"farm", 1}).has_value());
  Finish(other, first);
  EXPECT_TRUE(store_.ClaimRun(RunId{3}, At(), {"lab", 2}).has_value());
  EXPECT_EQ(FindRun(store_, RunId{3})->gateway, "lab");
}

TEST_F(QueueTest, IsReadFromItsIndexesAlone) {
  AddRuns(store_, {Of("a"), Of("b", 0, At(9))}, At());
  EXPECT_EQ(PlanOf(kReadySql), "SCAN run USING COVERING INDEX run_queue\n");
  EXPECT_EQ(PlanOf(kNextDueSql), "SEARCH run USING COVERING INDEX run_due (not_before>?)\n");
  EXPECT_EQ(PlanOf(kClaimSql),
            "SEARCH run USING INTEGER PRIMARY KEY (rowid=?)\n"
            "SCALAR SUBQUERY 2\n"
            "SCAN other USING INDEX attempt_running\n"
            "CORRELATED SCALAR SUBQUERY 1\n"
            "SEARCH other USING COVERING INDEX run_running_by_concurrency (concurrency_key=? AND "
            "state=?)\n");
}

TEST_F(QueueTest, FindsRunsInTheQueueWithTheirPlaceAmongAll) {
  NewRun tagged = Of("report", 5);
  tagged.job.tags = {"nightly"};
  AddRuns(store_, {Of("weather"), Of("report"), tagged}, At());
  AddGroupOf(store_, "weather", {Of("weather", -1)});
  const auto found = [this](const RunFilter& filter) {
    std::string text;
    for (const QueuedRun& queued : QueuedRuns(store_, At(), filter)) {
      text += fmt::format("{}: run {} ", queued.place.position, queued.run.id.value);
    }
    return text;
  };
  EXPECT_EQ(found({}), "1: run 3 2: run 1 3: run 2 4: run 4 ");
  EXPECT_EQ(found({.job = "report"}), "1: run 3 3: run 2 ");
  EXPECT_EQ(found({.job = "report", .limit = 1}), "1: run 3 ");
  EXPECT_EQ(found({.tag = "nightly"}), "1: run 3 ");
  EXPECT_EQ(found({.group = GroupId{1}}), "4: run 4 ");
  PinRuns(store_, {RunId{2}, RunId{4}}, At());
  EXPECT_EQ(found({.pinned = true}), "3: run 2 4: run 4 ");
  EXPECT_EQ(found({.job = "report", .pinned = true}), "3: run 2 ");
  EXPECT_EQ(found({.since = At(1)}), "");
  EXPECT_EQ(found({.until = At(1), .limit = 2}), "1: run 3 2: run 1 ");
}

}  // namespace
}  // namespace cellar
