// Stores as earlier versions left them: version_<N>.sql holds one a version, and is never edited.
#include "store/migrations.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "store/attempt_writer.h"
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
    EXPECT_EQ(claim.run, RunId{3});
    EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
    EXPECT_EQ(Ask("PRAGMA foreign_key_check"), "");
    EXPECT_EQ(Ask("PRAGMA journal_mode"), "wal\n");
  }
}

TEST_F(MigrationTest, FindsTheKernelThatAStoreOfVersion1Left) {
  Restore(1);
  const std::vector<KernelRecord> kernels = OpenStore().LeftoverKernels();
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].kernel_id, "k1");
}

}  // namespace
}  // namespace cellar
