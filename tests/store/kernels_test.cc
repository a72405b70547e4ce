#include <fmt/format.h>

#include "store/adoption.h"
#include "store/kernels.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class KernelsTest : public StoreTest {
 protected:
  static KernelRecord Kernel(const std::string& tag) {
    KernelRecord kernel;
    kernel.gateway = "lab";
    kernel.url = "http://localhost:8888/";
    kernel.tag = tag;
    kernel.kernelspec = "python3";
    kernel.created_at = At(20);
    return kernel;
  }

  static std::string LeftIn(const Store& store) {
    std::string text;
    for (const KernelRecord& kernel : store.LeftoverKernels()) {
      text += fmt::format("{} {} {} {} {} run {} kernel {} session {} at {}\n", kernel.row.value,
                          kernel.gateway, kernel.url, kernel.tag, kernel.kernelspec,
                          kernel.run ? kernel.run->value : 0, kernel.kernel_id, kernel.session_id,
                          (kernel.created_at - At()).count());
    }
    return text;
  }
};

TEST_F(KernelsTest, FindsTheKernelsOfADeadWorkerHoweverFarItCame) {
  InKilledProcess([&] {
    Store store = OpenStore();
    const Claim claim = Begin(store, RunOf("a", {"1"}));
    store.RecordKernelIntent(Kernel("asked"), std::nullopt);
    store.RecordKernelStarted(store.RecordKernelIntent(Kernel("started"), claim.attempt), "k2",
                              "s2");
    const KernelRowId releasing = store.RecordKernelIntent(Kernel("releasing"), claim.attempt);
    store.RecordKernelStarted(releasing, "k3", "");
    store.RecordKernelReleasing(releasing);
    const KernelRowId gone = store.RecordKernelIntent(Kernel("gone"), claim.attempt);
    store.RecordKernelStarted(gone, "k4", "s4");
    store.RecordKernelReleasing(gone);
    store.RecordKernelGone(gone);
  });
  Store store = OpenStore();
  EXPECT_EQ(LeftIn(store),
            "1 lab http://localhost:8888/ asked python3 run 0 kernel  session  at 20\n");
  store.EndAttemptsOfDeadWorkers(At(1000));
  EXPECT_EQ(LeftIn(store),
            "1 lab http://localhost:8888/ asked python3 run 0 kernel  session  at 20\n"
            "2 lab http://localhost:8888/ started python3 run 1 kernel k2 session s2 at 20\n"
            "3 lab http://localhost:8888/ releasing python3 run 1 kernel k3 session  at 20\n");
  for (int row = 1; row <= 3; ++row) store.RecordKernelGone(KernelRowId{row});
  EXPECT_EQ(LeftIn(store), "");
}

TEST_F(KernelsTest, LeavesTheKernelsOfTheLivingAlone) {
  Store store = OpenStore();
  const Claim claim = Begin(store, RunOf("a", {"1"}));
  const KernelRowId row = store.RecordKernelIntent(Kernel("one"), claim.attempt);
  EXPECT_EQ(LeftIn(store), "");
  EXPECT_EQ(LeftIn(OpenStore()), "");
  store.RecordKernelReleasing(row);
  EXPECT_EQ(LeftIn(OpenStore()), "");
}

TEST_F(KernelsTest, LeavesTheKernelsOfAttemptsThatCanGoOn) {
  {
    Store dying = OpenStore();
    dying.RegisterWorker(WorkerKind::kServe);
    const Claim claim = Begin(dying, RunOf("a", {"1"}));
    dying.RecordKernelIntent(Kernel("first"), claim.attempt);
    dying.RecordKernelIntent(Kernel("second"), claim.attempt);
  }
  Store store = OpenStore();
  EXPECT_EQ(LeftIn(store), "");
  const AdoptedAttempt adopted = AdoptAttempts(store, At(1000)).at(0);
  EXPECT_EQ(adopted.kernel->tag, "second");
  EXPECT_EQ(LeftIn(store), "");
  Finish(store, adopted.claim);
  EXPECT_EQ(LeftIn(store),
            "1 lab http://localhost:8888/ first python3 run 1 kernel  session  at 20\n");
}

TEST_F(KernelsTest, TellsWhatTheOtherWorkersHaveOnEachGateway) {
  Store store = OpenStore();
  const auto others = [&store] {
    std::string text;
    for (const auto& [gateway, kernels] : FindOthersKernels(store)) {
      text += fmt::format("{} {} {}\n", gateway, kernels.of_runs, kernels.warm);
    }
    return text;
  };
  const auto claim = [](Store& by, const std::string& gateway) {
    return by.ClaimRun(by.AddRun(RunOf("a", {"1"}), At()), At(), {gateway, std::nullopt}).value();
  };
  claim(store, "lab");
  store.RecordKernelIntent(Kernel("our own"), std::nullopt);
  EXPECT_EQ(others(), "");
  Store other = OpenStore();
  const Claim on_lab = claim(other, "lab");
  claim(other, "farm");
  other.RecordKernelIntent(Kernel("of a run"), on_lab.attempt);
  const KernelRowId warm = other.RecordKernelIntent(Kernel("warm"), std::nullopt);
  other.RecordKernelStarted(warm, "k", "s");
  EXPECT_EQ(others(), "farm 1 0\nlab 1 1\n");
  Finish(other, on_lab);
  EXPECT_EQ(others(), "farm 1 0\nlab 0 1\n");
  other.RecordKernelReleasing(warm);
  EXPECT_EQ(others(), "farm 1 0\n");
}

TEST_F(KernelsTest, CountsNoKernelTwiceThatARunIsAboutToTake) {
  Store older = OpenStore();
  older.RecordKernelIntent(Kernel("older"), std::nullopt);
  Store store = OpenStore();
  store.RecordKernelIntent(Kernel("younger"), std::nullopt);
  EXPECT_EQ(FindOthersKernels(store)["lab"].warm, 1);
  EXPECT_FALSE(FindOthersKernels(store)["lab"].has_warm_of_younger);
  EXPECT_TRUE(FindOthersKernels(older)["lab"].has_warm_of_younger);
  older.ClaimRun(older.AddRun(RunOf("a", {"1"}), At()), At(), {"lab", std::nullopt});
  EXPECT_EQ(FindOthersKernels(store)["lab"].of_runs, 1);
  EXPECT_EQ(FindOthersKernels(store)["lab"].warm, 0);
}

TEST_F(KernelsTest, CountsNoWarmKernelOfADeadWorker) {
  {
    Store dying = OpenStore();
    dying.RecordKernelIntent(Kernel("warm"), std::nullopt);
  }
  EXPECT_TRUE(FindOthersKernels(OpenStore()).empty());
}

TEST_F(KernelsTest, OrdersNoKernelForAnAttemptThatWasLost) {
  Store store = OpenStore();
  const Claim claim = Begin(store, RunOf("a", {"1"}));
  Finish(store, claim);
  EXPECT_EQ(
      ErrorOf(folder(), [&] { store.RecordKernelIntent(Kernel("t"), claim.attempt); }),
      "claim lost: store DIR/cellar.db: attempt 1 of run 1 is no longer this Cellar's: it was "
      "ended, taken over or removed meanwhile; nothing was changed, `cellar show` tells how "
      "it ended");
  EXPECT_EQ(store.Kernels().size(), 0u);
}

TEST_F(KernelsTest, RefusesToStartAKernelTwice) {
  Store store = OpenStore();
  const Claim claim = Begin(store, RunOf("a", {"1"}));
  const KernelRowId row = store.RecordKernelIntent(Kernel("one"), claim.attempt);
  store.RecordKernelStarted(row, "k", "s");
  EXPECT_EQ(ErrorOf(folder(), [&] { store.RecordKernelStarted(row, "k", "s"); }),
            "store: store DIR/cellar.db: kernel 1 is not there in a state that allows this change; "
            "another Cellar has taken care of it");
}

TEST_F(KernelsTest, GivesAWarmKernelToOneAttempt) {
  Store store = OpenStore();
  const Claim claim = Begin(store, RunOf("a", {"1"}));
  const Claim second = Begin(store, RunOf("a", {"1"}));
  const KernelRowId row = store.RecordKernelIntent(Kernel("warm"), std::nullopt);
  store.RecordKernelStarted(row, "k", "s");
  store.RecordKernelProcess(row, "process");
  store.AssignKernel(row, claim.attempt);
  EXPECT_NE(ErrorOf(folder(), [&] { store.AssignKernel(row, second.attempt); }), "no error");
  const KernelRecord kernel = store.Kernels().at(0);
  EXPECT_EQ(kernel.run, claim.run);
  EXPECT_EQ(kernel.process_session, "process");
  EXPECT_EQ(ToWord(kernel.state), "started");
  EXPECT_TRUE(kernel.is_owned);
}

TEST_F(KernelsTest, GivesNoKernelToAnAttemptOfAnother) {
  Store store = OpenStore();
  Store other = OpenStore();
  const Claim claim = Begin(other, RunOf("a", {"1"}));
  const KernelRowId row = store.RecordKernelIntent(Kernel("warm"), std::nullopt);
  store.RecordKernelStarted(row, "k", "s");
  EXPECT_NE(ErrorOf(folder(), [&] { store.AssignKernel(row, claim.attempt); }), "no error");
  EXPECT_NE(ErrorOf(folder(), [&] { other.RecordKernelGone(row); }), "no error");
  EXPECT_EQ(other.Kernels().size(), 1u);
}

}  // namespace
}  // namespace cellar
