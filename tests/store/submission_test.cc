#include "store/submission.h"

#include <fmt/format.h>

#include "store/removal.h"
#include "store/run_control.h"
#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class SubmissionTest : public StoreTest {
 protected:
  static std::string Told(const std::vector<Submission>& submissions) {
    std::string text;
    for (const Submission& one : submissions) {
      text +=
          fmt::format("{}{} {}{}\n", one.run.value, one.is_new ? "" : " (there)", ToWord(one.state),
                      one.reason ? fmt::format(" {}", ToWord(*one.reason)) : "");
    }
    return text;
  }

  Store store_ = OpenStore();
};

TEST_F(SubmissionTest, KeepsWhatIsAskedForARun) {
  NewRun run = RunOf("weather", {"1"});
  run.priority = -3;
  run.due = At(60'000);
  run.key = "nightly-2026-11-23";
  run.after = {store_.AddRun(RunOf("fetch", {"1"}), At())};
  run.job.concurrency = Concurrency{"weather", 2, Overlap::kQueue};
  EXPECT_EQ(Told(AddGroupOf(store_, "weather", {run}, At(5))), "2 queued\n");
  const RunRecord record = FindRun(store_, RunId{2}).value();
  EXPECT_EQ(record.priority, -3);
  EXPECT_EQ(record.due, At(60'000));
  EXPECT_EQ(record.retry_at, std::nullopt);
  EXPECT_EQ(record.key, "nightly-2026-11-23");
  EXPECT_EQ(record.after, std::vector{RunId{1}});
  EXPECT_EQ(record.group, GroupId{1});
  EXPECT_EQ(record.concurrency_key, "weather");
  EXPECT_EQ(record.cancel_request, std::nullopt);
  EXPECT_EQ(JobOfRun(store_, RunId{2})->concurrency->limit, 2);
}

TEST_F(SubmissionTest, AsksNothingOfAPlainRun) {
  store_.AddRun(RunOf("weather", {"1"}), At());
  const RunRecord record = FindRun(store_, RunId{1}).value();
  EXPECT_EQ(record.priority, 0);
  EXPECT_EQ(record.due, std::nullopt);
  EXPECT_EQ(record.key, "");
  EXPECT_EQ(record.group, std::nullopt);
  EXPECT_TRUE(record.after.empty());
}

TEST_F(SubmissionTest, GivesTheRunBackThatHasTheKey) {
  NewRun run = RunOf("weather", {"1"});
  run.key = "nightly";
  EXPECT_EQ(Told(AddRuns(store_, {run, run}, At())), "1 queued\n1 (there) queued\n");
  Finish(store_, store_.ClaimRun(RunId{1}, At()).value(), RunState::kFailed, RunReason::kCellError);
  EXPECT_EQ(Told(AddRuns(store_, {run}, At(5))), "1 (there) failed cell_error\n");
  run.key = "another";
  EXPECT_EQ(Told(AddRuns(store_, {run}, At(5))), "2 queued\n");
}

TEST_F(SubmissionTest, AddsAllOrNone) {
  NewRun bad = RunOf("b", {"1"});
  bad.after = {RunId{77}};
  EXPECT_EQ(ErrorOf(folder(),
                    [&] {
                      AddRuns(store_, {RunOf("a", {"1"}), bad}, At());
                    }),
            "another kind: --after 77: store DIR/cellar.db has no such run; nothing was submitted, "
            "`cellar runs` lists those it has");
  EXPECT_EQ(Ask("SELECT count(*) FROM run"), "0\n");
}

TEST_F(SubmissionTest, KeepsASweepOfManyAsOneDefinitionAndAGroup) {
  std::vector<NewRun> sweep;
  for (int i = 0; i < 10'000; ++i) {
    NewRun run = RunOf("weather", {"clean(limit)"});
    run.job.parameters = {{"limit", Value(i), {}}};
    run.job.tags = {"sweep"};
    sweep.push_back(run);
  }
  const RunId first = AddGroupOf(store_, "weather", sweep).front().run;
  const GroupId group = FindRun(store_, first)->group.value();
  EXPECT_EQ(Ask("SELECT count(*) FROM content"), "1\n");
  EXPECT_EQ(JobOfRun(store_, RunId{4712})->parameters.at(0).value, Value(4711));
  EXPECT_EQ(FindRuns(store_, {.group = group, .limit = 0}).size(), 10'000u);
  EXPECT_EQ(FindRuns(store_, {.group = GroupId{99}}).size(), 0u);
  EXPECT_EQ(CountRuns(store_, group), (std::map<RunState, int>{{RunState::kQueued, 10'000}}));
  EXPECT_TRUE(CountRuns(store_, GroupId{99}).empty());
}

TEST_F(SubmissionTest, LosesNoGroupToARemovalMeanwhile) {
  Finish(store_, Begin(store_, RunOf("old", {"1"})));
  Store other = OpenStore();
  other.impl().database.set_patience(std::chrono::milliseconds(10));
  std::string said;
  bool is_last = false;
  const auto next = [&]() -> std::optional<NewRun> {
    said = ErrorOf(folder(), [&] { RemoveRuns(other, {RunId{1}}); });
    return std::exchange(is_last, true) ? std::nullopt : std::optional(RunOf("weather", {"1"}));
  };
  EXPECT_EQ(Told(AddGroup(store_, "weather", next, At())), "2 queued\n");
  EXPECT_NE(said.find("locked"), std::string::npos) << said;
  EXPECT_EQ(FindRun(store_, RunId{2})->group, GroupId{1});
}

TEST_F(SubmissionTest, MakesNoGroupWhenTheNextRunCannotBeMade) {
  const auto next = []() -> std::optional<NewRun> { throw Error(ErrorKind::kUsage, "no"); };
  EXPECT_EQ(ErrorOf(folder(), [&] { AddGroup(store_, "weather", next, At()); }),
            "another kind: no");
  EXPECT_EQ(Ask("SELECT count(*) FROM run_group"), "0\n");
}

TEST_F(SubmissionTest, AddsNoneWhenTheNextCannotBeMade) {
  int made = 0;
  const auto next = [&]() -> std::optional<NewRun> {
    if (++made == 3) throw Error(ErrorKind::kUsage, "limit=0 is below 1");
    return RunOf("a", {"1"});
  };
  EXPECT_EQ(ErrorOf(folder(), [&] { AddRuns(store_, next, At()); }),
            "another kind: limit=0 is below 1");
  EXPECT_EQ(Ask("SELECT count(*) FROM run"), "0\n");
}

TEST_F(SubmissionTest, KeepsTheDefinitionsOfDifferentJobsApart) {
  NewRun other = RunOf("weather", {"1"});
  other.job.cells[0].timeout = std::chrono::seconds(5);
  AddRuns(store_, {RunOf("weather", {"1"}), other, RunOf("weather", {"1"})}, At());
  EXPECT_EQ(Ask("SELECT count(*) FROM content"), "2\n");
  EXPECT_EQ(JobOfRun(store_, RunId{2})->cells.at(0).timeout, std::chrono::seconds(5));
  EXPECT_EQ(JobOfRun(store_, RunId{3})->cells.at(0).timeout, std::nullopt);
}

TEST_F(SubmissionTest, KeepsAForegroundRunForItsWorkerAsLongAsThatLives) {
  NewRun run = RunOf("weather", {"1"});
  run.foreground = true;
  Store other = OpenStore();
  {
    Store owner = OpenStore();
    owner.AddRun(run, At());
    EXPECT_FALSE(other.ClaimRun(RunId{1}, At(5)).has_value());
    owner.AddRun(run, At());
    EXPECT_TRUE(owner.ClaimRun(RunId{2}, At(5)).has_value());
  }
  EXPECT_TRUE(other.ClaimRun(RunId{1}, At(5)).has_value());
}

class OverlapTest : public SubmissionTest {
 protected:
  static NewRun Of(Overlap policy, int limit = 1) {
    NewRun run = RunOf("weather", {"1"});
    run.job.concurrency = Concurrency{"weather", limit, policy};
    return run;
  }

  std::string Submit(const NewRun& run) { return Told(AddRuns(store_, {run}, At(100))); }

  std::string Runs() const {
    return Ask("SELECT id, state, reason, message, cancel_request FROM run ORDER BY id");
  }
};

TEST_F(OverlapTest, SkipsWhileAnotherRunsOrWaits) {
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "1 queued\n");
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "2 cancelled overlap\n");
  const Claim claim = store_.ClaimRun(RunId{1}, At(100)).value();
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "3 cancelled overlap\n");
  Finish(store_, claim);
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "4 queued\n");
  EXPECT_EQ(Runs(),
            "1|succeeded|||\n"
            "2|cancelled|overlap|run 1 of weather is queued|\n"
            "3|cancelled|overlap|run 1 of weather is running|\n"
            "4|queued|||\n");
  EXPECT_EQ(FindRun(store_, RunId{2})->finished_at, At(100));
}

TEST_F(OverlapTest, SkipsOnlyBeyondTheLimit) {
  EXPECT_EQ(Submit(Of(Overlap::kSkip, 2)), "1 queued\n");
  EXPECT_EQ(Submit(Of(Overlap::kSkip, 2)), "2 queued\n");
  EXPECT_EQ(Submit(Of(Overlap::kSkip, 2)), "3 cancelled overlap\n");
}

TEST_F(OverlapTest, ReplacesThoseThatWaitAndAsksThoseThatRunToEnd) {
  Submit(Of(Overlap::kQueue));
  store_.ClaimRun(RunId{1}, At(100));
  Submit(Of(Overlap::kQueue));
  EXPECT_EQ(Submit(Of(Overlap::kReplace)), "3 queued\n");
  EXPECT_EQ(Runs(),
            "1|running|||overlap\n"
            "2|cancelled|overlap|a newer run took its place|\n"
            "3|queued|||\n");
  EXPECT_FALSE(store_.ClaimRun(RunId{3}, At(200)).has_value());
}

TEST_F(OverlapTest, ReplacesTheOldestThatAreInTheWay) {
  for (int i = 1; i <= 3; ++i) {
    Submit(Of(Overlap::kQueue, 3));
    store_.ClaimRun(RunId{i}, At(100));
  }
  Submit(Of(Overlap::kReplace, 3));
  EXPECT_EQ(Ask("SELECT id FROM run WHERE cancel_request = 'overlap'"), "1\n");
}

TEST_F(OverlapTest, LetsTheRunsOfOneSubmissionWaitForEachOther) {
  EXPECT_EQ(Told(AddRuns(store_, {Of(Overlap::kSkip), Of(Overlap::kSkip)}, At())),
            "1 queued\n2 queued\n");
  EXPECT_EQ(Told(AddRuns(store_, {Of(Overlap::kSkip), Of(Overlap::kSkip)}, At())),
            "3 cancelled overlap\n4 cancelled overlap\n");
  EXPECT_EQ(Told(AddRuns(store_, {Of(Overlap::kReplace), Of(Overlap::kReplace)}, At())),
            "5 queued\n6 queued\n");
  EXPECT_EQ(Ask("SELECT group_concat(id) FROM run WHERE state = 'queued'"), "5,6\n");
}

TEST_F(OverlapTest, LeavesARunWithATimeToComeAlone) {
  NewRun later = Of(Overlap::kSkip);
  later.due = At(3'600'000);
  EXPECT_EQ(Submit(later), "1 queued\n");
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "2 queued\n");
  EXPECT_EQ(Submit(later), "3 queued\n");
  EXPECT_EQ(Submit(Of(Overlap::kReplace)), "4 queued\n");
  EXPECT_EQ(Ask("SELECT group_concat(id) FROM run WHERE state = 'queued'"), "1,3,4\n");
}

TEST_F(OverlapTest, MakesNoRoomForARunThatCannotStart) {
  const RunId failed = store_.AddRun(RunOf("fetch", {"1"}), At());
  CancelRun(store_, failed, At());
  Submit(Of(Overlap::kQueue));
  NewRun run = Of(Overlap::kReplace);
  run.after = {failed};
  EXPECT_EQ(Submit(run), "3 cancelled dependency\n");
  EXPECT_EQ(FindRun(store_, RunId{2})->state, RunState::kQueued);
}

TEST_F(OverlapTest, CancelsWhatDependsOnTheReplaced) {
  Submit(Of(Overlap::kQueue));
  NewRun dependant = RunOf("report", {"1"});
  dependant.after = {RunId{1}};
  Submit(dependant);
  Submit(Of(Overlap::kReplace));
  EXPECT_EQ(Runs(),
            "1|cancelled|overlap|a newer run took its place|\n"
            "2|cancelled|dependency|run 1 was cancelled (overlap)|\n"
            "3|queued|||\n");
}

TEST_F(OverlapTest, CountsARunningRunOfTheJobThatSetsNoLimit) {
  const NewRun plain = RunOf("weather", {"1"});
  Submit(plain);
  EXPECT_EQ(Submit(Of(Overlap::kSkip)),
            "2 queued\n");  // who waits without a limit is not in the way
  CancelRun(store_, RunId{2}, At(100));
  store_.ClaimRun(RunId{1}, At(100));
  EXPECT_EQ(Submit(Of(Overlap::kSkip)), "3 cancelled overlap\n");
  EXPECT_EQ(Submit(Of(Overlap::kQueue)), "4 queued\n");
  EXPECT_FALSE(store_.ClaimRun(RunId{4}, At(100)).has_value());
  EXPECT_EQ(Submit(plain), "5 queued\n");
  EXPECT_TRUE(store_.ClaimRun(RunId{5}, At(100)).has_value());
  EXPECT_EQ(FindRun(store_, RunId{5})->concurrency_key, "");
}

}  // namespace
}  // namespace cellar
