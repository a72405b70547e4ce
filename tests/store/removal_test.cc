// Removing runs: which ones may go, what goes with them, and that their space comes back.
#include "store/removal.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <random>

#include "store/history.h"
#include "store/pins.h"
#include "store/run_control.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

std::string Numbers(const std::vector<RunId>& runs) {
  std::string text;
  for (const RunId run : runs) text += fmt::format("{} ", run.value);
  return text;
}

class RemovalTest : public StoreTest {
 protected:
  RemovalTest() : store_(OpenStore()) { store_.RegisterWorker(); }

  /// Submitted, run and ended at At(at), having written `text`.
  RunId AddEnded(const std::string& job, int at = 0, const std::string& text = "",
                 RunState state = RunState::kSucceeded) {
    const Claim claim = store_.ClaimRun(store_.AddRun(RunOf(job, {"1"}), At(at)), At(at)).value();
    AttemptWriter writer(store_, claim.attempt, 0);
    writer.BeginCell(0, "m", "s", At(at));
    writer.AddOutput(0, 0, OutputType::kDisplayData, "",
                     R"({"data": {"text/plain": ")" + text + R"("}, "metadata": {}})");
    writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(at));
    AttemptEnd end{state, std::nullopt, "", Millis(1)};
    if (state == RunState::kFailed) end.reason = RunReason::kCellError;
    writer.End(end, At(at));
    return claim.run;
  }

  std::string Removable(const RemovalRule& rule) const {
    return Numbers(FindRemovable(store_, rule));
  }

  void ExpectSound() const {
    EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
    EXPECT_EQ(Ask("PRAGMA foreign_key_check"), "");
    EXPECT_EQ(Ask(R"sql(
      SELECT count(*) FROM content
      WHERE NOT EXISTS (SELECT 1 FROM chunk WHERE content_id = content.id)
        AND NOT EXISTS (SELECT 1 FROM cell WHERE source_id = content.id)
        AND NOT EXISTS (SELECT 1 FROM run WHERE definition_id = content.id)
    )sql"),
              "0\n");
  }

  Store store_;
};

TEST_F(RemovalTest, FindsWhatIsOlderThanWhatIsKept) {
  for (int i = 0; i < 5; ++i) AddEnded("a", 1000 * i);
  AddEnded("b", 0);
  EXPECT_EQ(Removable({At(2000), 0}), "6 2 1 ");
  EXPECT_EQ(Removable({std::nullopt, 3}), "2 1 ");
  EXPECT_EQ(Removable({At(4000), 3}), "2 1 ");
  EXPECT_EQ(Removable({At(1000), 3}), "1 ");
  EXPECT_EQ(Removable({At(2000), 0, "b"}), "6 ");
  EXPECT_EQ(Removable({At(2000), 0, "c"}), "");
}

TEST_F(RemovalTest, KeepsWhatHasNotEnded) {
  AddEnded("a");
  Begin(store_, RunOf("a", {"1"}));
  store_.AddRun(RunOf("a", {"1"}), At());
  EXPECT_EQ(Removable({}), "1 ");
  EXPECT_EQ(Removable({std::nullopt, 1}), "");  // those that have not ended do not count
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}, RunId{2}, RunId{3}, RunId{9}})), "1 ");
}

TEST_F(RemovalTest, KeepsPinnedRuns) {
  AddEnded("a");
  AddEnded("a");
  EXPECT_EQ(PinRuns(store_, {RunId{1}, RunId{7}}, At()), (std::vector<bool>{true, false}));
  EXPECT_EQ(PinRuns(store_, {RunId{1}}, At()), std::vector<bool>{false});
  const std::vector<RunRecord> pinned = FindRuns(store_, {.pinned = true});
  ASSERT_EQ(pinned.size(), 1u);
  EXPECT_EQ(pinned.front().id, RunId{1});
  EXPECT_EQ(Removable({}), "2 ");
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}})), "");
  EXPECT_EQ(UnpinRuns(store_, {RunId{1}, RunId{2}}), (std::vector<bool>{true, false}));
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}})), "1 ");
}

TEST_F(RemovalTest, KeepsWhatARunThatStaysDependsOn) {
  AddEnded("a");
  NewRun report = RunOf("report", {"1"});
  report.after = {RunId{1}};
  const RunId dependant = store_.AddRun(report, At());
  EXPECT_EQ(Removable({}), "");
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}})), "");
  CancelRun(store_, dependant, At(5));
  EXPECT_EQ(Removable({}), "2 1 ");
  EXPECT_EQ(Removable({std::nullopt, 0, "a"}), "");
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}, dependant})), "2 1 ");
  ExpectSound();
}

TEST_F(RemovalTest, KeepsARunWhoseKernelMayStillBeThere) {
  const Claim claim = Begin(store_, RunOf("a", {"1"}));
  KernelRecord kernel;
  kernel.gateway = "lab";
  kernel.tag = "t";
  const KernelRowId row = store_.RecordKernelIntent(kernel, claim.attempt);
  Finish(store_, claim);
  EXPECT_EQ(Removable({}), "");
  store_.RecordKernelGone(row);
  EXPECT_EQ(Removable({}), "1 ");
  RemoveRuns(store_, {RunId{1}});
  EXPECT_EQ(Ask("SELECT count(*) FROM kernel"), "0\n");
}

TEST_F(RemovalTest, TakesAllThatBelongsToARunAndNothingElse) {
  const std::string shared(10'000, 'x');
  AddEnded("a", 0, shared);
  AddEnded("a", 0, shared);
  AddEnded("b", 0, std::string(10'000, 'y'), RunState::kFailed);
  const std::string kept = TranscriptOf(store_, RunId{2});
  EXPECT_EQ(Numbers(RemoveRuns(store_, {RunId{1}, RunId{3}})), "3 1 ");
  EXPECT_FALSE(FindRun(store_, RunId{1}).has_value());
  EXPECT_EQ(TranscriptOf(store_, RunId{2}), kept);
  for (const char* table : {"run", "attempt", "cell", "output", "chunk"}) {
    EXPECT_EQ(Ask(fmt::format("SELECT count(*) FROM {}", table)), "1\n") << table;
  }
  ExpectSound();
  EXPECT_EQ(AddEnded("a").value, 4);  // numbers are not given twice
}

TEST_F(RemovalTest, KeepsWhatWasQueuedAgainMeanwhile) {
  AddEnded("a", 0, "", RunState::kFailed);
  const std::vector<RunId> found = FindRemovable(store_, {});
  ASSERT_EQ(RequeueRun(store_, RunId{1}, At(10)), RequeueResult::kQueued);
  EXPECT_EQ(Numbers(RemoveRuns(store_, found)), "");
}

void SqlOn(const std::filesystem::path& file, const std::string& sql) {
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec(sql);
}

std::string RandomText(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

TEST_F(RemovalTest, GivesTheSpaceBackWhileOthersWork) {
  for (unsigned i = 1; i <= 20; ++i) AddEnded("a", 0, RandomText(400'000, i));
  Store other = OpenStore();
  const std::uint64_t before = StoreSize(store_);
  EXPECT_GT(before, 4'000'000U);
  std::vector<RunId> runs = FindRemovable(store_, {std::nullopt, 2});
  EXPECT_EQ(RemoveRuns(store_, runs).size(), 18U);
  GiveBackSpace(store_);
  EXPECT_LT(StoreSize(store_), before / 5);
  EXPECT_LT(std::filesystem::file_size(file()), before / 5);
  EXPECT_EQ(FindRuns(other, {}).size(), 2U);
  ExpectSound();
}

TEST_F(RemovalTest, GivesTheSpaceBackInAFileThatWasPutTogetherAnew) {
  for (unsigned i = 1; i <= 5; ++i) AddEnded("a", 0, RandomText(400'000, i));
  const std::filesystem::path file_of_copy = folder() / "copy.db";
  SqlOn(file(), "VACUUM INTO '" + file_of_copy.string() + "'");
  SqlOn(file_of_copy, "PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA journal_mode = WAL");
  Store copy = Store::Open(file_of_copy, StoreMode::kReadWrite);
  const std::uint64_t before = StoreSize(copy);
  EXPECT_EQ(RemoveRuns(copy, FindRemovable(copy, {std::nullopt, 1})).size(), 4U);
  GiveBackSpace(copy);
  EXPECT_LT(StoreSize(copy), before / 2);
}

TEST_F(RemovalTest, MeasuresRuns) {
  AddEnded("a", 0, RandomText(100'000, 1));
  AddEnded("b", 0, "short");
  store_.AddRun(RunOf("b", {"1"}), At());
  const std::vector<RunSize> sizes = SizesOfRuns(store_, "");
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_GT(sizes[0].bytes, 50'000U);
  EXPECT_LT(sizes[1].bytes, 100U);
  EXPECT_EQ(sizes[2].bytes, 0U);
  EXPECT_EQ(SizesOfRuns(store_, "b").size(), 2U);
}

TEST_F(RemovalTest, IsWholeAfterADeathAtAnyCommit) {
  for (unsigned i = 1; i <= 120; ++i) AddEnded("a", 0, RandomText(20'000, i));
  InKilledProcess([&] {
    Store store = OpenStore();
    std::vector<RunId> runs = FindRemovable(store, {std::nullopt, 10});
    runs.resize(60);  // two commits, and dead before the rest
    RemoveRuns(store, runs);
  });
  ExpectSound();
  EXPECT_EQ(FindRuns(store_, {.limit = 0}).size(), 60U);
  EXPECT_EQ(RemoveRuns(store_, FindRemovable(store_, {std::nullopt, 10})).size(), 50U);
  GiveBackSpace(store_);
  ExpectSound();
}

}  // namespace
}  // namespace cellar
