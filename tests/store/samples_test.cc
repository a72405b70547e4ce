// What statistics read of a store.
#include "store/samples.h"

#include <fmt/format.h>

#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class SamplesTest : public StoreTest {
 protected:
  /// A line a run: its number, state, and the cells' indexes, states and durations.
  static std::string Samples(const Store& store, std::optional<TimePoint> since = std::nullopt) {
    std::string text;
    ReadSamples(store, "weather", since, [&](const RunSample& run) {
      text += fmt::format("{} {}", run.run.value, ToWord(run.state));
      for (const CellSample& cell : run.cells) {
        text += fmt::format(" [{}] {}", cell.index, ToWord(cell.state));
        if (cell.duration) text += fmt::format(" {}", cell.duration->count());
      }
      text += "\n";
    });
    return text;
  }
};

TEST_F(SamplesTest, AreOfTheLastAttemptOfEndedRunsOfTheJob) {
  Store store = OpenStore();
  store.RegisterWorker();
  const Claim first = Begin(store, RunOf("weather", {"1", "2"}));
  {
    AttemptWriter writer(store, first.attempt, 0);
    writer.End({RunState::kFailed, RunReason::kKernelDied, "", Millis(1), true}, At(20));
  }
  const Claim again = store.ClaimRun(first.run, At(30)).value();
  {
    AttemptWriter writer(store, again.attempt, 0);
    writer.BeginCell(0, "m", "s", At(40));
    writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(12.5)}, At(50));
    writer.BeginCell(1, "m", "s", At(50));
    writer.EndCell(1, {CellState::kFailed, CellReason::kError, "no", 2, Millis(3)}, At(60));
    writer.End({RunState::kFailed, RunReason::kCellError, "", Millis(40)}, At(70));
  }
  Finish(store, Begin(store, RunOf("other", {"1"})));
  Begin(store, RunOf("weather", {"1"}));
  store.AddRun(RunOf("weather", {"1"}), At());
  EXPECT_EQ(Samples(store), "1 failed [0] succeeded 12.5 [1] failed 3\n");
}

TEST_F(SamplesTest, BeginAtTheTimeThatIsAskedFor) {
  Store store = OpenStore();
  store.RegisterWorker();
  for (const int millis : {0, 1000, 2000}) {
    const RunId run = store.AddRun(RunOf("weather", {"1"}), At(millis));
    Finish(store, store.ClaimRun(run, At(millis)).value());
  }
  EXPECT_EQ(Samples(store, At(1000)), "2 succeeded [0] not_run\n3 succeeded [0] not_run\n");
}

}  // namespace
}  // namespace cellar
