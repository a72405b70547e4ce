#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

#include "store/database.h"
#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

class OpeningTest : public StoreTest {
 protected:
  std::string Opening(StoreMode mode, milliseconds patience = milliseconds(50)) const {
    return ErrorOf(folder(), [&] { Store::Open(file(), mode, patience); });
  }

  void Write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }

  std::string Bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static std::string Permissions(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? fmt::format("{:o}", status.st_mode & 07777)
                                              : "missing";
  }
};

TEST_F(OpeningTest, MakesAStoreThatCanBeReadAtOnce) {
  OpenStore();
  const Store store = OpenStore(StoreMode::kReadOnly);
  EXPECT_TRUE(FindRuns(store, {}).empty());
  EXPECT_EQ(Ask("PRAGMA journal_mode"), "wal\n");
}

TEST_F(OpeningTest, KeepsEveryFileToItsOwner) {
  const mode_t before = ::umask(0);
  const std::filesystem::path deep = folder() / "state" / "cellar" / "cellar.db";
  Store store = Store::Open(deep, StoreMode::kReadWrite);
  store.AddRun(RunOf("a", {"1"}), At());
  ::umask(before);
  std::string seen;
  for (const char* ending : {"", "-wal", "-shm", ".lock", ".ballast"}) {
    seen += fmt::format("{} {}\n", ending, Permissions(deep.string() + ending));
  }
  EXPECT_EQ(seen, " 600\n-wal 600\n-shm 600\n.lock 600\n.ballast 600\n");
  EXPECT_EQ(Permissions(deep.parent_path()), "700");
  EXPECT_EQ(Permissions(deep.parent_path().parent_path()), "700");
}

TEST_F(OpeningTest, OpensAPathWithoutAFolder) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder());
  Store::Open("here.db", StoreMode::kReadWrite);
  EXPECT_TRUE(FindRuns(Store::Open("here.db", StoreMode::kReadOnly), {}).empty());
  std::filesystem::current_path(before);
}

TEST_F(OpeningTest, LeavesAllInOneFileWhenItIsClosed) {
  Begin(*std::make_unique<Store>(OpenStore()), RunOf("a", {"1"}));
  const std::filesystem::path copy = folder() / "copy.db";
  std::filesystem::copy_file(file(), copy);
  EXPECT_EQ(FindRuns(Store::Open(copy, StoreMode::kReadOnly), {}).size(), 1u);
}

TEST_F(OpeningTest, SaysThatThereIsNoStoreToRead) {
  EXPECT_EQ(Opening(StoreMode::kReadOnly),
            "store: store DIR/cellar.db: there is no such file; `cellar run` makes it, --store "
            "names another");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(OpeningTest, TakesAFileOfNoBytesForANewStore) {
  Write("");
  ::chmod(file().c_str(), 0644);
  EXPECT_EQ(Opening(StoreMode::kReadOnly),
            "store: store DIR/cellar.db: it is empty; `cellar run` fills it, --store names "
            "another");
  EXPECT_EQ(Opening(StoreMode::kReadWrite), "no error");
  EXPECT_EQ(Permissions(file()), "600");
}

TEST_F(OpeningTest, RefusesAFolder) {
  std::filesystem::create_directory(file());
  const std::string refusal = "store: store DIR/cellar.db: is not a file; name a file with --store";
  EXPECT_EQ(Opening(StoreMode::kReadWrite), refusal);
  EXPECT_EQ(Opening(StoreMode::kReadOnly), refusal);
}

TEST_F(OpeningTest, RefusesAFolderThatCannotBeMade) {
  Write("");
  EXPECT_EQ(ErrorOf(folder(), [&] { Store::Open(file() / "x" / "y.db", StoreMode::kReadWrite); }),
            "store: store DIR/cellar.db/x/y.db: cannot make its folder DIR/cellar.db/x: Not a "
            "directory; choose another with --store");
}

TEST_F(OpeningTest, RefusesAFileThatIsNotSqlite) {
  const std::string bytes(5000, 'x');
  Write(bytes);
  const std::string refusal =
      "store: store DIR/cellar.db: is not a Cellar store (not SQLite); choose another file with "
      "--store";
  EXPECT_EQ(Opening(StoreMode::kReadWrite), refusal);
  EXPECT_EQ(Opening(StoreMode::kReadOnly), refusal);
  EXPECT_EQ(Bytes(), bytes);
}

TEST_F(OpeningTest, RefusesAFileThatIsTooShort) {
  Write("SQLite format 3");
  EXPECT_EQ(Opening(StoreMode::kReadWrite),
            "store: store DIR/cellar.db: is not a Cellar store (not SQLite); choose another file "
            "with --store");
}

TEST_F(OpeningTest, LeavesAnotherProgramsDatabaseAlone) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("PRAGMA journal_mode = WAL; CREATE TABLE note (text)");
  const std::string bytes = Bytes();
  EXPECT_EQ(Opening(StoreMode::kReadWrite),
            "store: store DIR/cellar.db: is another program's SQLite database; choose another file "
            "with --store");
  EXPECT_EQ(Bytes(), bytes);
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
}

TEST_F(OpeningTest, RefusesAStoreOfANewerCellar) {
  OpenStore();
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 4711");
  const std::string refusal =
      "store: store DIR/cellar.db: it has version 4711, this Cellar knows up to 6; use the newer "
      "Cellar that made it, or choose another with --store";
  EXPECT_EQ(Opening(StoreMode::kReadWrite), refusal);
  EXPECT_EQ(Opening(StoreMode::kReadOnly), refusal);
}

TEST_F(OpeningTest, SaysWhenAStoreIsTooOldToRead) {
  OpenStore();
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 0");
  EXPECT_EQ(Opening(StoreMode::kReadOnly),
            "store: store DIR/cellar.db: it has version 0, this Cellar reads 6; `cellar run` "
            "brings it up "
            "to date");
}

TEST_F(OpeningTest, SaysThatAStoreIsDamaged) {
  OpenStore();
  std::string bytes = Bytes();
  bytes.replace(100, 4000, 4000, 'x');
  Write(bytes);
  EXPECT_EQ(Opening(StoreMode::kReadWrite),
            "store: store DIR/cellar.db: it is damaged (database disk image is malformed); save "
            "what can be read with `sqlite3 DIR/cellar.db .recover`, then move it away to begin a "
            "new one");
}

TEST_F(OpeningTest, SaysThatAnotherProgramKeepsItLocked) {
  OpenStore();
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  EXPECT_EQ(Opening(StoreMode::kReadWrite),
            "store: store DIR/cellar.db: another program has kept it locked for 0.05s; wait for "
            "that program or end it (`fuser DIR/cellar.db` names it), then try again");
}

TEST_F(OpeningTest, ReadsWhileAnotherProgramWrites) {
  OpenStore().AddRun(RunOf("a", {"1"}), At());
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE; UPDATE run SET message = 'half'");
  EXPECT_EQ(FindRuns(OpenStore(StoreMode::kReadOnly), {}).at(0).message, "");
}

TEST_F(OpeningTest, SaysThatAWriteWaitedInVain) {
  Store store = Store::Open(file(), StoreMode::kReadWrite, milliseconds(50));
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  EXPECT_EQ(ErrorOf(folder(), [&] { store.AddRun(RunOf("a", {"1"}), At()); }),
            "store: store DIR/cellar.db: another program has kept it locked for 0.05s; wait for "
            "that program or end it (`fuser DIR/cellar.db` names it), then try again");
  other.exec("ROLLBACK");
  EXPECT_EQ(store.AddRun(RunOf("a", {"1"}), At()), RunId{1});
}

TEST_F(OpeningTest, WaitsForAnotherWriter) {
  Store store = OpenStore();
  LockFile checkpoint(file(), true);
  ASSERT_TRUE(checkpoint.TryLock(0, LockFile::Kind::kExclusive));
  Store impatient = Store::Open(file(), StoreMode::kReadWrite, milliseconds(20));
  EXPECT_EQ(ErrorOf(folder(), [&] { impatient.AddRun(RunOf("a", {"1"}), At()); }),
            "store: store DIR/cellar.db: another program has kept it locked for 0.02s; wait for "
            "that program or end it (`fuser DIR/cellar.db` names it), then try again");
  checkpoint.Unlock(0);
  EXPECT_EQ(impatient.AddRun(RunOf("a", {"1"}), At()), RunId{1});
}

TEST_F(OpeningTest, ReadingChangesNothing) {
  OpenStore().AddRun(RunOf("a", {"1"}), At());
  const std::string bytes = Bytes();
  const auto written = std::filesystem::last_write_time(file());
  const Store store = OpenStore(StoreMode::kReadOnly);
  FindRuns(store, {});
  EXPECT_EQ(Bytes(), bytes);
  EXPECT_EQ(std::filesystem::last_write_time(file()), written);
}

TEST_F(OpeningTest, RefusesToWriteWhatWasOpenedToRead) {
  OpenStore();
  Store store = OpenStore(StoreMode::kReadOnly);
  EXPECT_EQ(ErrorOf(folder(), [&] { store.AddRun(RunOf("a", {"1"}), At()); }),
            "store: store DIR/cellar.db: it cannot be opened or written (attempt to write a "
            "readonly database); give access to the file and its folder, or choose another with "
            "--store");
}

TEST_F(OpeningTest, ReadsAStoreInAFolderThatCannotBeWritten) {
  Begin(*std::make_unique<Store>(OpenStore()), RunOf("a", {"1"}));
  for (const char* ending : {"-wal", "-shm"}) std::filesystem::remove(file().string() + ending);
  ::chmod(file().c_str(), 0444);
  ::chmod(folder().c_str(), 0555);
  EXPECT_EQ(AsNobody([&] { return TranscriptOf(OpenStore(StoreMode::kReadOnly), RunId{1}); }),
            "run 1 a running\n[0] pending\n");
  EXPECT_EQ(
      AsNobody([&] { return Opening(StoreMode::kReadWrite); }),
      "store: store DIR/cellar.db: cannot be written: Permission denied; give write permission "
      "to it and its folder, or choose another with --store");
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-shm"));
  ::chmod(folder().c_str(), 0700);
}

TEST_F(OpeningTest, ReadsAStoreOfAnotherUserWhileItIsWritten) {
  Store writer = OpenStore();
  Begin(writer, RunOf("a", {"1"}));
  for (const char* ending : {"", "-wal", "-shm"}) ::chmod((file().string() + ending).c_str(), 0444);
  ::chmod(folder().c_str(), 0555);
  EXPECT_EQ(AsNobody([&] { return TranscriptOf(OpenStore(StoreMode::kReadOnly), RunId{1}); }),
            "run 1 a running\n[0] pending\n");
  ::chmod(folder().c_str(), 0700);
}

TEST_F(OpeningTest, SaysThatItMayNotReadAStore) {
  OpenStore();
  ::chmod(file().c_str(), 0000);
  ::chmod(folder().c_str(), 0755);
  EXPECT_EQ(AsNobody([&] { return Opening(StoreMode::kReadOnly); }),
            "store: store DIR/cellar.db: cannot be read; give read permission to it, or choose "
            "another with --store");
}

TEST_F(OpeningTest, ReadsAStoreThatIsBeingWritten) {
  Store writer = OpenStore();
  const Claim claim = Begin(writer, RunOf("a", {"1"}));
  const Store reader = OpenStore(StoreMode::kReadOnly);
  EXPECT_EQ(TranscriptOf(reader, claim.run), "run 1 a running\n[0] pending\n");
}

TEST_F(OpeningTest, GoesOnWhereAMakerWasKilled) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("PRAGMA application_id = 1128614994");  // "CELR": all that was done
  EXPECT_EQ(OpenStore().AddRun(RunOf("a", {"1"}), At()), RunId{1});
}

TEST_F(OpeningTest, FreesTheBallastOnceAndMakesItAgain) {
  const std::filesystem::path ballast = file().string() + ".ballast";
  Store store = OpenStore();
  struct stat status {};
  ASSERT_EQ(::stat(ballast.c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 1 << 20);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);  // really allocated
  store.FreeBallast();
  EXPECT_FALSE(std::filesystem::exists(ballast));
  OpenStore();
  EXPECT_TRUE(std::filesystem::exists(ballast));
}

}  // namespace
}  // namespace cellar
