// A store that cannot grow. The limit is SQLite's max_page_count on the writer's own connection:
// the same SQLITE_FULL as from a full disk, and nothing but that.
#include <fmt/format.h>

#include "store/attempt_writer.h"
#include "store/queue.h"
#include "store/store_impl.h"
#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class FullDiskTest : public StoreTest {
 protected:
  void Start() {
    claim_ = Begin(store_, RunOf("a", {"print()"}));
    writer_ = std::make_unique<AttemptWriter>(store_, claim_.attempt, 0);
    writer_->BeginCell(0, "msg", "session", At());
    writer_->AddStream(0, 0, "stdout");
    writer_->AppendText(0, 0, "stored");
    writer_->Flush();
  }

  /// `pages` more than it has now.
  void AllowPages(int pages) {
    Database& database = store_.impl().database;
    Query count = database.PrepareOnce("PRAGMA page_count");
    count.Step();
    database.PrepareOnce(fmt::format("PRAGMA max_page_count = {}", count.Int(0) + pages)).Step();
  }

  std::string Transcript() const { return TranscriptOf(store_, claim_.run); }

  /// Does not compress.
  static std::string Noise(std::size_t size) {
    std::string noise(size, 'x');
    unsigned int state = 1;
    for (char& c : noise)
      c = static_cast<char>('!' + ((state = state * 1664525 + 1013904223) >> 26));
    return noise;
  }

  const std::string full_ =
      "full: store DIR/cellar.db: no space left (database or disk is full); free some on its disk, "
      "then try again";
  Store store_ = OpenStore();
  Claim claim_;
  std::unique_ptr<AttemptWriter> writer_;
};

TEST_F(FullDiskTest, KeepsTheBatchUntilThereIsRoom) {
  Start();
  AllowPages(2);
  writer_->AppendText(0, 0, Noise(100'000));
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->Flush(); }), full_);
  EXPECT_TRUE(writer_->dirty());
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] running\n  0 stdout: \"stored\"\n");
  AllowPages(1000);
  writer_->Flush();
  EXPECT_EQ(FindOutputs(store_, claim_.run, 0, 0).at(0).body.at("text"), "stored" + Noise(100'000));
}

TEST_F(FullDiskTest, WritesTheEndAndSaysWhatItCouldNotStore) {
  Start();
  AllowPages(2);
  writer_->AppendText(0, 0, Noise(100'000));
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->Flush(); }), full_);
  writer_->EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
  writer_->End({RunState::kFailed, RunReason::kStoreFull, "the disk is full", Millis(5)}, At(15));
  EXPECT_EQ(Transcript(),
            "run 1 a failed store_full: the disk is full\n"
            "[0] succeeded\n"
            "  outputs_truncated: the last 97.7 KiB could not be stored: no space left\n"
            "  0 stdout: \"stored\"\n");
  EXPECT_EQ(FindCells(store_, claim_.run).at(0).output_bytes, 100'006u);
  EXPECT_FALSE(writer_->dirty());
}

TEST_F(FullDiskTest, GivesTheBallastBackForTheEnd) {
  Start();
  AllowPages(0);
  writer_->AppendText(0, 0, Noise(100'000));
  writer_->End({RunState::kFailed, RunReason::kStoreFull, "the disk is full", Millis(5)}, At(15));
  EXPECT_FALSE(std::filesystem::exists(file().string() + ".ballast"));
}

TEST_F(FullDiskTest, LosesNoRunThatItCouldNotAdd) {
  AllowPages(0);
  NewRun run = RunOf("a", {Noise(100'000)});
  EXPECT_EQ(ErrorOf(folder(), [&] { store_.AddRun(run, At()); }), full_);
  EXPECT_TRUE(FindRuns(store_, {}).empty());
  AllowPages(1000);
  EXPECT_EQ(store_.AddRun(run, At()), RunId{1});
}

TEST_F(FullDiskTest, AddsNoRunOfThoseThatDoNotFit) {
  AllowPages(20);
  EXPECT_EQ(
      ErrorOf(folder(),
              [&] { AddRuns(store_, std::vector<NewRun>(1000, RunOf("a", {"print()"})), At()); }),
      full_);
  EXPECT_EQ(Ask("SELECT count(*) FROM run"), "0\n");
  EXPECT_TRUE(ReadyRuns(store_, At(), 1).empty());
  AllowPages(1000);
  AddRuns(store_, std::vector<NewRun>(1000, RunOf("a", {"print()"})), At());
  EXPECT_EQ(Ask("SELECT count(*) FROM run"), "1000\n");
}

}  // namespace
}  // namespace cellar
