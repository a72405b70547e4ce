// Kernels that dead workers left behind, on fake gateways: who ends them, and when.
#include "runner/leftover_kernels.h"

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <thread>

#include "runner/wall_clock.h"
#include "tests/gateway/await.h"
#include "tests/runner/scheduler_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

class LeftoverKernelsTest : public SchedulerTest {
 protected:
  /// A kernel on the gateway that a worker recorded, and left when it died.
  void Leave(const std::string& name, const FakeGateway& gateway, const std::string& tag) {
    Store store = OpenStore();
    store.RegisterWorker(WorkerKind::kWork);
    KernelRecord kernel;
    kernel.gateway = name;
    kernel.url = gateway.Address().url;
    kernel.tag = tag;
    kernel.kernelspec = "python3";
    kernel.created_at = WallClock();
    const KernelRowId row = store.RecordKernelIntent(kernel, std::nullopt);
    const StartedKernel started = GatewayClient(gateway.Address()).Start(tag);
    store.RecordKernelStarted(row, started.kernel_id, started.session_id);
  }

  /// "lab ended\n", "farm: why\n", one a kernel.
  std::string EndAll(Store& store, milliseconds patience) {
    boost::asio::io_context context;
    std::string text;
    for (const KernelEnd& end : Await(context, EndKernels(context.get_executor(), store, config_,
                                                          store.LeftoverKernels(), patience))) {
      text += end.kernel.gateway +
              (end.may_still_come  ? " may still come"
               : end.fault.empty() ? " ended"
                                   : ": " + end.fault) +
              "\n";
    }
    return text;
  }
};

TEST_F(LeftoverKernelsTest, EndThoughAnotherGatewayHangs) {
  FakeGateway farm;
  Configure("farm", farm.Address().url);
  for (int i = 0; i < 20; ++i) Leave("lab", gateway_, "lab-" + std::to_string(i));
  Leave("farm", farm, "farm-1");
  farm.Hold("DELETE /api/sessions/{id}");
  Store store = OpenStore();
  store.RegisterWorker(WorkerKind::kWork);
  const std::string ends = EndAll(store, milliseconds(1500));
  farm.Release("DELETE /api/sessions/{id}");
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += "lab ended\n";
  EXPECT_EQ(ends,
            expected + "farm: gateway farm (" + farm.Address().url + "): no answer within 1.5 s\n");
  EXPECT_EQ(gateway_.LiveKernels(), 0);
  EXPECT_EQ(store.LeftoverKernels().size(), 1U);
}

TEST_F(LeftoverKernelsTest, AreEndedByAWorkerOnceTheirGatewayIsBack) {
  Leave("lab", gateway_, "left");
  const StartedKernel foreign = GatewayClient(gateway_.Address()).Start("foreign");
  gateway_.StopListening();
  settings_.drain = false;
  listener_.on_note = [this](const std::string& line) {
    notes_ += line + "\n";
    gateway_.Listen();
  };
  std::thread somebody([&] {
    gateway_.AwaitRequests("DELETE /api/sessions/{id}", 1);
    kill(getpid(), SIGTERM);
  });
  Work();
  somebody.join();
  EXPECT_EQ(gateway_.OnlyKernel(), foreign.kernel_id);
  EXPECT_TRUE(OpenStore().LeftoverKernels().empty());
}

TEST_F(LeftoverKernelsTest, ThatWereOrderedOnlyJustNowMayStillCome) {
  const auto order = [this](const std::string& tag, TimePoint at) {
    Store dying = OpenStore();
    dying.RegisterWorker(WorkerKind::kWork);
    KernelRecord kernel;
    kernel.gateway = "lab";
    kernel.url = gateway_.Address().url;
    kernel.tag = tag;
    kernel.created_at = at;
    dying.RecordKernelIntent(kernel, std::nullopt);
  };
  order("old", WallClock() - std::chrono::minutes(3));
  order("new", WallClock());
  Store store = OpenStore();
  store.RegisterWorker(WorkerKind::kWork);
  EXPECT_EQ(EndAll(store, milliseconds(10'000)), "lab ended\nlab may still come\n");
  ASSERT_EQ(store.LeftoverKernels().size(), 1U);
  EXPECT_EQ(store.LeftoverKernels()[0].tag, "new");
  GatewayClient(gateway_.Address()).Start("new");
  EXPECT_EQ(EndAll(store, milliseconds(10'000)), "lab ended\n");
  EXPECT_EQ(gateway_.LiveKernels(), 0);
  EXPECT_TRUE(store.LeftoverKernels().empty());
}

TEST_F(LeftoverKernelsTest, OfAWorkerThatLivesAreKnownToBeGoneBeforeLong) {
  settings_.drain = false;
  Submit({"print 1"});
  std::thread somebody([&] {
    gateway_.AwaitCells(1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < deadline && !OpenStore().Kernels().empty()) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    kill(getpid(), SIGTERM);
  });
  Work();
  somebody.join();
  EXPECT_TRUE(OpenStore().Kernels().empty());
}

}  // namespace
}  // namespace cellar
