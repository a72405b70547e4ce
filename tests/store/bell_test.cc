#include "store/bell.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "store/adoption.h"
#include "store/run_control.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class BellTest : public StoreTest {
 protected:
  static bool HasNews(const Bell& bell, int millis) {
    pollfd waiting{bell.descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, millis) == 1;
  }

  /// True when it rang within a long time.
  static bool Rang(Bell& bell) { return HasNews(bell, 20'000) && bell.Listen().ring; }

  static bool IsQuiet(Bell& bell) {
    const Bell::Heard heard = bell.Listen();
    return !HasNews(bell, 0) && !heard.ring;
  }

  Store store_ = OpenStore();
};

TEST_F(BellTest, RingsForAllThatMayGiveAWorkerSomethingToDo) {
  Store other = OpenStore();
  Bell bell(store_);
  EXPECT_TRUE(IsQuiet(bell));
  const RunId run = other.AddRun(RunOf("a", {"1"}), At());
  EXPECT_TRUE(Rang(bell));
  EXPECT_TRUE(IsQuiet(bell));
  const Claim claim = store_.ClaimRun(run, At()).value();
  EXPECT_TRUE(IsQuiet(bell));
  CancelRun(other, run, At());
  EXPECT_TRUE(Rang(bell));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At());
  writer.Flush();
  EXPECT_TRUE(IsQuiet(bell));
  writer.End({RunState::kCancelled, RunReason::kByUser, "", Millis(1)}, At());
  EXPECT_TRUE(Rang(bell));
  RequeueRun(other, run, At());
  EXPECT_TRUE(Rang(bell));
}

TEST_F(BellTest, IsHeardByAllWhoListen) {
  Bell one(store_);
  Bell two(OpenStore(StoreMode::kReadOnly));
  Ring(store_);
  EXPECT_TRUE(Rang(one));
  EXPECT_TRUE(Rang(two));
}

TEST_F(BellTest, IsHeardFromAnotherProcess) {
  Bell bell(store_);
  InKilledProcess([&] { OpenStore().AddRun(RunOf("a", {"1"}), At()); });
  EXPECT_TRUE(Rang(bell));
}

TEST_F(BellTest, TellsThatAWorkerMayHaveDied) {
  Bell bell(store_);
  InKilledProcess([&] {
    Store dying = OpenStore();
    dying.RegisterWorker(WorkerKind::kServe);
    Begin(dying, RunOf("a", {"1"}));
    ::kill(::getpid(), SIGKILL);
  });
  bool departure = false;
  while (!departure && HasNews(bell, 20'000)) departure = bell.Listen().departure;
  EXPECT_TRUE(departure);
  EXPECT_EQ(AdoptAttempts(store_, At(1000)).size(), 1u);
}

TEST_F(BellTest, FallsBackToATimerWhereNothingCanBeWatched) {
  std::filesystem::remove(file().string() + ".lock");
  Bell bell(OpenStore(StoreMode::kReadOnly));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(HasNews(bell, 20'000));
    const Bell::Heard heard = bell.Listen();
    EXPECT_TRUE(heard.ring);
    EXPECT_TRUE(heard.departure);
  }
}

}  // namespace
}  // namespace cellar
