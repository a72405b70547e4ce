// Stores as earlier versions left them: version_<N>.sql holds one a version, and is never edited.
#include "store/migrations.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "store/adoption.h"
#include "store/attempt_writer.h"
#include "store/queue.h"
#include "store/run_control.h"
#include "store/schedules.h"
#include "tests/store/store_fixture.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

class MigrationTest : public StoreTest {
 protected:
  void Restore(int version) const {
    std::ifstream in(fmt::format("{}/tests/store/version_{}.sql", kSourceDir, version));
    ASSERT_TRUE(in) << "version " << version << " has no stored example";
    const std::string sql{std::istreambuf_iterator<char>(in), {}};
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  /// Tables, indexes, views and triggers, as they are now.
  std::string Schema() const {
    return Ask("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2");
  }
};

/// `y{6000}` for 6000 times y: what comes more than 30 times.
std::string Folded(const std::string& text) {
  std::string folded;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of(text[i], i), text.size());
    folded += end - i > 30 ? fmt::format("{}{{{}}}", text[i], end - i) : text.substr(i, end - i);
    i = end;
  }
  return folded;
}

TEST_F(MigrationTest, ReadsAStoreOfVersion1) {
  Restore(1);
  const Store store = OpenStore();
  EXPECT_EQ(Folded(TranscriptOf(store, RunId{1})),
            "run 1 weather failed cell_error: cell 2: ValueError: no\n"
            "[0] succeeded\n"
            "[1] succeeded\n"
            "  resumed: after 2 s\n"
            "  *0 stdout: \"one two\\n\"\n"
            "  1 stderr: \"x{5000}\"\n"
            "[2] failed error: ValueError: no\n"
            "  outputs_truncated: kept 11.5 KiB of 20.8 KiB; output_per_cell is 11.7 KiB\n"
            "  0 stdout: \"y{6000}\" (9500 missing) \"y{4500}\"\n"
            "  1 {\"output_type\":\"display_data\",\"data\":{\"image/png\":\"A{1200}\"},"
            "\"metadata\":{}}\n"
            "  2 {\"output_type\":\"error\",\"ename\":\"ValueError\",\"evalue\":\"no\","
            "\"traceback\":[\"ValueError: no\"]}\n"
            "[3] not_run\n");
  EXPECT_EQ(JobOfRun(store, RunId{2})->parameters.at(0).value, Value(5));
}

TEST_F(MigrationTest, GoesOnInAStoreOfAnyVersion) {
  OpenStore();
  const std::string schema = Schema();
  for (int version = 1; version <= std::ssize(Migrations()); ++version) {
    std::filesystem::remove_all(folder());
    std::filesystem::create_directory(folder());
    Restore(version);
    Store store = OpenStore();
    EXPECT_EQ(Schema(), schema) << version;
    const Claim claim = Begin(store, RunOf("next", {"1"}));
    AttemptWriter(store, claim.attempt, 0).End({RunState::kSucceeded, {}, "", Millis(1)}, At(100));
    EXPECT_EQ(claim.run, version == 1 ? RunId{3} : RunId{11});
    EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
    EXPECT_EQ(Ask("PRAGMA foreign_key_check"), "");
    EXPECT_EQ(Ask("PRAGMA journal_mode"), "wal\n");
  }
}

TEST_F(MigrationTest, GivesTheQueuedRunOfVersion1ToAWorker) {
  Restore(1);
  Store store = OpenStore();
  const std::vector<ReadyRun> ready = ReadyRuns(store, At(60'000), 9);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].gateway, "lab");
  EXPECT_TRUE(ready[0].requires_labels.empty());
  EXPECT_EQ(store.ClaimRun(ready[0].run, At(60'000))->job.parameters.at(0).value, Value(5));
  EXPECT_EQ(FindRun(store, RunId{2})->queue, Millis(59'000));
}

TEST_F(MigrationTest, GoesOnWithTheQueueOfVersion2) {
  Restore(2);
  Store store = OpenStore();
  std::string places;
  for (const QueuedRun& queued : QueuedRuns(store, At(1000), 0)) {
    places += fmt::format("{} {}: {}\n", queued.run.id.value, queued.run.job,
                          static_cast<int>(queued.place.reason));
  }
  EXPECT_EQ(places, "3 report: 2\n9 train: 0\n2 clean: 1\n4 model: 1\n5 model: 1\n");
  EXPECT_EQ(FindRuns(store, {.group = GroupId{1}}).size(), 2u);
  EXPECT_EQ(FindSchedules(store).at(0).last_slot, At(3'600'000));
  NewRun again = RunOf("fetch", {"1"});
  again.key = "fetch-2026-11-23";
  EXPECT_EQ(AddRuns(store, {again}, At()).at(0).run, RunId{1});
}

TEST_F(MigrationTest, AdoptsWhatAWorkerOfVersion2Left) {
  Restore(2);
  Store store = OpenStore();
  const std::vector<AdoptedAttempt> adopted = AdoptAttempts(store, At(1000));
  ASSERT_EQ(adopted.size(), 3u);  // runs 6, 8, 10
  EXPECT_EQ(CancelRequests(store).at(0).run, RunId{6});
  EXPECT_EQ(adopted[1].kernel->process_session, "p8");
  AttemptWriter writer(store, adopted[1].claim.attempt, 100);
  writer.AppendText(1, 0, "z");
  writer.End({RunState::kSucceeded, {}, "", Millis(1)}, At(2000));
  EXPECT_EQ(DeathsWithin(store, RunId{10}, At()), 2);
  EXPECT_EQ(Folded(TranscriptOf(store, RunId{8})),
            "run 8 train succeeded\n[0] succeeded\n[1] unknown\n"
            "  outputs_truncated: kept 98 B of 342 B; output_per_cell is 100 B\n"
            "  0 stdout: \"y{50}\" (244 missing) \"yyyyyyz\"\n"
            "  1 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"5\"},"
            "\"metadata\":{}}\n");
}

TEST_F(MigrationTest, FindsTheKernelThatAStoreOfVersion1Left) {
  Restore(1);
  const std::vector<KernelRecord> kernels = OpenStore().LeftoverKernels();
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].kernel_id, "k1");
}

}  // namespace
}  // namespace cellar
