// What is left when a process dies at any moment, or when several write at once.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "store/adoption.h"
#include "store/attempt_writer.h"
#include "store/queue.h"
#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

int changes_left = 0;

void CountDown() {
  if (changes_left-- == 0) ::kill(::getpid(), SIGKILL);
}

ssize_t DyingWrite(int file, const void* data, size_t size, off64_t place) {
  CountDown();
  return ::pwrite64(file, data, size, place);
}

int DyingTruncate(int file, off_t size) {
  CountDown();
  return ::ftruncate(file, size);
}

int DyingUnlink(const char* path) {
  CountDown();
  return ::unlink(path);
}

/// From now on SQLite changes the disk `changes` times in this process, and then kills it.
void DieAtChange(int changes) {
  changes_left = changes;
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const auto replace = [vfs](const char* name, auto* function) {
    return vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(function));
  };
  if (replace("pwrite64", DyingWrite) != SQLITE_OK ||
      replace("ftruncate", DyingTruncate) != SQLITE_OK ||
      replace("unlink", DyingUnlink) != SQLITE_OK) {
    throw std::runtime_error("SQLite has other names for its system calls");
  }
}

class CrashTest : public StoreTest {
 protected:
  /// Starts `action` in a child process, which then ends by itself with 0.
  static pid_t Spawn(const std::function<void()>& action) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
      action();
      ::_exit(0);
    } catch (const std::exception& failure) {
      fmt::print(stderr, "in the child: {}\n", failure.what());
      ::_exit(1);
    }
  }

  static std::size_t CountQueued(const Store& store) {
    return FindRuns(store, {.state = RunState::kQueued, .limit = 0}).size();
  }

  static int StatusOf(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
};

TEST_F(CrashTest, KeepsWhatWasFlushedBeforeTheKill) {
  InKilledProcess([&] {
    Store store = OpenStore();
    const Claim claim = Begin(store, RunOf("a", {"one", "two", "three"}));
    AttemptWriter writer(store, claim.attempt, 0);
    writer.BeginCell(0, "m0", "s", At());
    writer.AddStream(0, 0, "stdout");
    writer.AppendText(0, 0, "done\n");
    writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
    writer.BeginCell(1, "m1", "s", At());
    writer.Flush();
    writer.AddStream(1, 0, "stdout");
    writer.AppendText(1, 0, "not yet flushed");
  });
  const Store store = OpenStore(StoreMode::kReadOnly);
  EXPECT_EQ(TranscriptOf(store, RunId{1}),
            "run 1 a running\n[0] succeeded\n  0 stdout: \"done\\n\"\n[1] running\n[2] pending\n");
  EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
}

TEST_F(CrashTest, EndsTheAttemptOfAKilledWorker) {
  InKilledProcess([&] {
    Store store = OpenStore();
    const Claim claim = Begin(store, RunOf("a", {"one", "two"}));
    AttemptWriter writer(store, claim.attempt, 0);
    writer.BeginCell(0, "m0", "s", At());
    writer.Flush();
  });
  Store store = OpenStore();
  EXPECT_EQ(store.EndAttemptsOfDeadWorkers(At(9)), std::vector{RunId{1}});
  EXPECT_EQ(Ask("SELECT state, reason FROM runs UNION ALL SELECT cell, state FROM cells"),
            "failed|interrupted\n0|unknown\n1|not_run\n");
}

TEST_F(CrashTest, SeesAWorkerDieWithItsProcess) {
  int ready[2];
  int release[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(release), 0);
  Store store = OpenStore();
  const pid_t child = Spawn([&] {
    ::close(release[1]);
    Store other = OpenStore();
    const WorkerId worker = other.RegisterWorker();
    if (::write(ready[1], &worker, sizeof worker) < 0) ::_exit(1);
    char byte;
    while (::read(release[0], &byte, 1) > 0) {
    }
  });
  WorkerId worker;
  ASSERT_EQ(::read(ready[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  EXPECT_TRUE(store.IsAlive(worker));
  ::kill(child, SIGSTOP);  // stopped is not dead
  EXPECT_TRUE(store.IsAlive(worker));
  ::kill(child, SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(StatusOf(child)));
  EXPECT_FALSE(store.IsAlive(worker));
  for (const int end : {ready[0], ready[1], release[0], release[1]}) ::close(end);
}

TEST_F(CrashTest, GivesEachRunToOneOfTwoWorkers) {
  constexpr int kRuns = 40;
  {
    Store store = OpenStore();
    for (int i = 0; i < kRuns; ++i) store.AddRun(RunOf("a", {"one"}), At());
  }
  const auto work = [&] {
    Store store = OpenStore();
    for (int i = 1; i <= kRuns; ++i) {
      const std::optional<Claim> claim = store.ClaimRun(RunId{i}, At());
      if (!claim) continue;
      AttemptWriter writer(store, claim->attempt, 0);
      writer.BeginCell(0, "m", "s", At());
      writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
      writer.End({RunState::kSucceeded, {}, "", Millis(1)}, At());
    }
  };
  const pid_t one = Spawn(work);
  const pid_t two = Spawn(work);
  EXPECT_EQ(StatusOf(one), 0);
  EXPECT_EQ(StatusOf(two), 0);
  EXPECT_EQ(Ask("SELECT state, count(*), max(number) FROM attempt GROUP BY state"),
            "succeeded|40|1\n");
  EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
}

TEST_F(CrashTest, KeepsToTheLimitOfAKeyWithTwoWorkers) {
  constexpr int kRuns = 30;
  NewRun run = RunOf("a", {"one"});
  run.job.concurrency = Concurrency{"k", 1, Overlap::kQueue};
  {
    Store store = OpenStore();
    AddRuns(store, std::vector<NewRun>(kRuns, run), At());
  }
  const auto work = [&] {
    Store store = OpenStore();
    while (CountQueued(store) > 0) {
      for (const ReadyRun& ready : ReadyRuns(store, At(), 5)) {
        const std::optional<Claim> claim = store.ClaimRun(ready.run, At());
        if (!claim) continue;
        if (Ask("SELECT count(*) FROM run WHERE state = 'running'") != "1\n") ::_exit(2);
        Finish(store, *claim);
      }
    }
  };
  const pid_t one = Spawn(work);
  const pid_t two = Spawn(work);
  EXPECT_EQ(StatusOf(one), 0);
  EXPECT_EQ(StatusOf(two), 0);
  EXPECT_EQ(Ask("SELECT state, count(*), max(number) FROM attempt GROUP BY state"),
            "succeeded|30|1\n");
}

TEST_F(CrashTest, AddsAllRunsOrNoneWhereItIsKilledAtAnyChangeOfTheDisk) {
  constexpr int kRuns = 300;  // more pages than SQLite writes at once
  NewRun run = RunOf("a", {"one"});
  run.job.tags = {"sweep"};
  bool killed = true;
  int added = 0;
  for (int changes = 0; killed; changes += 3) {
    const pid_t child = Spawn([&] {
      Store store = OpenStore();
      DieAtChange(changes);
      AddGroupOf(store, "sweep", std::vector<NewRun>(kRuns, run));
      changes_left = 1'000'000;  // closing is another matter
    });
    killed = WIFSIGNALED(StatusOf(child));
    const Store store = OpenStore();
    const int now = static_cast<int>(FindRuns(store, {.limit = 0}).size());
    ASSERT_TRUE(now == added || now == added + kRuns) << changes;
    ASSERT_TRUE(killed || now == added + kRuns) << changes;
    added = now;
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM run_tag"), fmt::format("{}\n", added));
  EXPECT_EQ(Ask("SELECT count(*) FROM run_group"), fmt::format("{}\n", added / kRuns));
  EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
}

TEST_F(CrashTest, GivesALeftAttemptToOneOfTwoWorkers) {
  constexpr int kRuns = 20;
  InKilledProcess([&] {
    Store store = OpenStore();
    store.RegisterWorker(WorkerKind::kServe);
    for (int i = 0; i < kRuns; ++i) Begin(store, RunOf("a", {"one"}));
  });
  const auto work = [&] {
    Store store = OpenStore();
    for (const AdoptedAttempt& adopted : AdoptAttempts(store, At(1000))) {
      AttemptWriter writer(store, adopted.claim.attempt, 0);
      writer.BeginCell(0, "m", "s", At());
      writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
      writer.End({RunState::kSucceeded, {}, "", Millis(1)}, At());
    }
  };
  const pid_t one = Spawn(work);
  const pid_t two = Spawn(work);
  EXPECT_EQ(StatusOf(one), 0);
  EXPECT_EQ(StatusOf(two), 0);
  EXPECT_EQ(Ask("SELECT state, count(*), max(takeovers) FROM attempts GROUP BY state"),
            "succeeded|20|1\n");
}

TEST_F(CrashTest, LosesNothingWhenTwoProcessesWriteAndCheckpoint) {
  constexpr int kFlushes = 30;
  OpenStore();
  const auto work = [&](const std::string& job) {
    Store store = OpenStore();
    const Claim claim = Begin(store, RunOf(job, {"one"}));
    AttemptWriter writer(store, claim.attempt, 0);
    writer.BeginCell(0, "m", "s", At());
    writer.AddStream(0, 0, "stdout");
    unsigned int state = 7;
    for (int i = 0; i < kFlushes; ++i) {
      std::string noise(600'000, 'x');  // does not compress to nothing, so that the WAL grows
      for (char& c : noise) c = static_cast<char>('!' + ((state = state * 1664525 + 1) >> 26));
      writer.AppendText(0, 0, noise);
      writer.Flush();
    }
    writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
    writer.End({RunState::kSucceeded, {}, "", Millis(1)}, At());
  };
  const pid_t one = Spawn([&] { work("one"); });
  const pid_t two = Spawn([&] { work("two"); });
  EXPECT_EQ(StatusOf(one), 0);
  EXPECT_EQ(StatusOf(two), 0);
  EXPECT_EQ(Ask("SELECT bytes, kept_bytes FROM outputs"), "18000000|18000000\n18000000|18000000\n");
  EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok\n");
  const Store store = OpenStore(StoreMode::kReadOnly);
  EXPECT_EQ(FindOutputs(store, RunId{1}, 0, 0).at(0).body.at("text"),
            FindOutputs(store, RunId{2}, 0, 0).at(0).body.at("text"));
}

TEST_F(CrashTest, LetsTwoProcessesMakeOneStore) {
  const auto work = [&] { OpenStore().AddRun(RunOf("a", {"one"}), At()); };
  const pid_t one = Spawn(work);
  const pid_t two = Spawn(work);
  EXPECT_EQ(StatusOf(one), 0);
  EXPECT_EQ(StatusOf(two), 0);
  EXPECT_EQ(Ask("SELECT run FROM runs"), "1\n2\n");
}

TEST_F(CrashTest, GoesOnWhereAMakerWasKilledAtAnyChangeOfTheDisk) {
  int changes = 0;
  // Every one while the file becomes ours, then every seventh: the migrations' pages.
  for (bool killed = true; killed; changes += changes < 40 ? 1 : 7) {
    std::filesystem::remove_all(folder());
    std::filesystem::create_directory(folder());
    const pid_t child = Spawn([&] {
      DieAtChange(changes);
      OpenStore().AddRun(RunOf("a", {"one"}), At());
    });
    killed = WIFSIGNALED(StatusOf(child));
    Store store = OpenStore();
    store.AddRun(RunOf("a", {"one"}), At());
    ASSERT_EQ(Ask("PRAGMA integrity_check"), "ok\n") << changes;
  }
  EXPECT_GT(changes, 20);  // else the calls are not counted
}

TEST_F(CrashTest, RefusesAnotherProgramsDatabaseAlsoInTheMiddleOfItsWork) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE note (text)");
  InKilledProcess([&] {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("BEGIN IMMEDIATE; INSERT INTO note VALUES ('half')");
    sqlite3_db_cacheflush(database.getHandle());
  });
  EXPECT_EQ(ErrorOf(folder(), [&] { OpenStore(); }),
            "store: store DIR/cellar.db: is another program's SQLite database; choose another file "
            "with --store");
  EXPECT_EQ(Ask("SELECT count(*) FROM note"), "0\n");
}

}  // namespace
}  // namespace cellar
