#include "store/history.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "store/attempt_writer.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class HistoryTest : public StoreTest {
 protected:
  RunId Add(const std::string& job, const std::vector<std::string>& tags, TimePoint at) {
    NewRun run = RunOf(job, {"1"});
    run.job.tags = tags;
    return store_.AddRun(run, at);
  }

  void Fail(RunId run, RunReason reason) {
    const Claim claim = store_.ClaimRun(run, At(5000)).value();
    AttemptWriter(store_, claim.attempt, 0)
        .End({RunState::kFailed, reason, "", Millis(1)}, At(6000));
  }

  std::string Found(const RunFilter& filter) const {
    std::string ids;
    for (const RunRecord& run : FindRuns(store_, filter)) ids += fmt::format("{} ", run.id.value);
    return ids;
  }

  Store store_ = OpenStore();
};

TEST_F(HistoryTest, FindsRunsByWhatIsAskedNewestFirst) {
  Add("weather", {"nightly"}, At(0));
  Add("weather", {"nightly", "eu"}, At(1000));
  Add("sales", {"nightly"}, At(2000));
  Add("weather", {}, At(3000));
  Fail(RunId{1}, RunReason::kCellError);
  Fail(RunId{2}, RunReason::kKernelDied);
  EXPECT_EQ(Found({}), "4 3 2 1 ");
  EXPECT_EQ(Found({.job = "weather"}), "4 2 1 ");
  EXPECT_EQ(Found({.state = RunState::kFailed}), "2 1 ");
  EXPECT_EQ(Found({.job = "weather", .state = RunState::kQueued}), "4 ");
  EXPECT_EQ(Found({.reason = RunReason::kKernelDied}), "2 ");
  EXPECT_EQ(Found({.tag = "nightly"}), "3 2 1 ");
  EXPECT_EQ(Found({.job = "weather", .tag = "nightly"}), "2 1 ");
  EXPECT_EQ(Found({.since = At(1000), .until = At(3000)}), "3 2 ");
  EXPECT_EQ(Found({.limit = 2}), "4 3 ");
  EXPECT_EQ(Found({.limit = 0}), "4 3 2 1 ");
  EXPECT_EQ(Found({.job = "nobody"}), "");
}

TEST_F(HistoryTest, FindsRunsByTimeAlsoWhenTheClockWasSetBack) {
  Add("a", {}, At(5000));
  Add("a", {}, At(1000));
  Add("a", {}, At(3000));
  EXPECT_EQ(Found({.since = At(2000)}), "3 1 ");
  EXPECT_EQ(Found({.until = At(4000)}), "3 2 ");
  EXPECT_EQ(Found({.since = At(6000)}), "");
}

TEST_F(HistoryTest, KnowsTheLastRun) {
  Add("weather", {}, At());
  Add("sales", {}, At());
  EXPECT_EQ(LastRun(store_, ""), RunId{2});
  EXPECT_EQ(LastRun(store_, "weather"), RunId{1});
  EXPECT_EQ(LastRun(store_, "nobody"), std::nullopt);
}

TEST_F(HistoryTest, FollowsARunFromAnotherConnection) {
  const Claim claim = Begin(store_, RunOf("a", {"1", "2"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  const Store reader = OpenStore(StoreMode::kReadOnly);
  std::int64_t cursor = 0;
  const auto news = [&] {
    std::string text;
    ReadLog(reader, claim.run, cursor, [&](LogPiece&& piece) {
      cursor = piece.cursor;
      text += fmt::format("[{}] {} {} {}\n", piece.cell, piece.number, ToWord(piece.type),
                          piece.type == OutputType::kStream ? piece.stream_name + " " + piece.text
                                                            : piece.body.dump());
    });
    return text;
  };
  EXPECT_EQ(news(), "");
  writer.BeginCell(0, "m", "s", At());
  writer.AddStream(0, 0, "stdout");
  writer.AppendText(0, 0, "a");
  writer.Flush();
  EXPECT_EQ(news(), "[0] 0 stream stdout a\n");
  writer.AppendText(0, 0, "b");
  writer.AddOutput(0, 1, OutputType::kDisplayData, "",
                   R"({"data":{"text/plain":")" + std::string(2000, 'x') + R"("}})");
  writer.AddStream(0, 2, "stderr");
  writer.AppendText(0, 2, "c");
  writer.Flush();
  EXPECT_EQ(news(),
            "[0] 0 stream stdout b\n[0] 1 display_data {\"output_type\":\"display_data\",\"data\":{"
            "\"text/plain\":\"" +
                std::string(2000, 'x') + "\"}}\n[0] 2 stream stderr c\n");
  EXPECT_EQ(news(), "");
}

TEST_F(HistoryTest, LetsAReaderAskMoreWhileItFollows) {
  const Claim claim = Begin(store_, RunOf("a", {"1"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At());
  for (int i = 0; i < 3; ++i) {
    writer.AddStream(0, i, "stdout");
    writer.AppendText(0, i, "x");
  }
  writer.Flush();
  int outer = 0;
  int inner = 0;
  ReadLog(store_, claim.run, 0, [&](LogPiece&&) {
    ++outer;
    ReadLog(store_, claim.run, 0, [&](LogPiece&&) { ++inner; });
  });
  EXPECT_EQ(outer, 3);
  EXPECT_EQ(inner, 9);
}

TEST_F(HistoryTest, ReadsSourcesOfAnySize) {
  std::string large;
  for (int i = 0; i < 2000; ++i) large += fmt::format("x{} = {}\n", i, i);
  const Claim claim = Begin(store_, RunOf("a", {"", large}));
  const std::vector<CellRecord> cells = FindCells(store_, claim.run, 1);
  EXPECT_EQ(cells.at(0).source, "");
  EXPECT_EQ(cells.at(1).source, large);
  EXPECT_EQ(cells.at(1).file, "a.toml");
  EXPECT_TRUE(FindCells(store_, claim.run, 2).empty());
}

TEST_F(HistoryTest, TellsDamageFromContent) {
  Begin(store_, RunOf("a", {std::string(5000, 'x')}));
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE content SET data = x'00' WHERE encoding = 'zstd'");
  const std::string damaged =
      "store: store DIR/cellar.db: it is damaged (a stored text cannot be unpacked); save what can "
      "be read with `sqlite3 DIR/cellar.db .recover`, then move it away to begin a new one";
  EXPECT_EQ(ErrorOf(folder(), [&] { FindCells(store_, RunId{1}); }), damaged);
  EXPECT_EQ(ErrorOf(folder(), [&] { JobOfRun(store_, RunId{1}); }), damaged);
}

}  // namespace
}  // namespace cellar
