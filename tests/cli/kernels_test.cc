#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/cli/cli_fixture.h"
#include "tests/support/gateway_client.h"
#include "tests/support/real_gateway.h"

namespace cellar {
namespace {

KernelRecord Recorded(const GatewayAddress& address, const std::string& tag) {
  KernelRecord kernel;
  kernel.gateway = address.url;
  kernel.url = address.url;
  kernel.tag = tag;
  kernel.kernelspec = "python3";
  kernel.created_at = StoreTime();
  return kernel;
}

class KernelsCommandTest : public CliTest {
 protected:
  static constexpr char kUrl[] = "http://127.0.0.1:1";

  KernelRowId Record(Store& store, const std::string& id) const {
    GatewayAddress address;
    address.url = kUrl;
    const KernelRowId row = store.RecordKernelIntent(Recorded(address, "tag-" + id), std::nullopt);
    store.RecordKernelStarted(row, id, "");
    return row;
  }

  /// Without the process's number and the machine's name.
  std::string Masked(std::string text) const {
    for (std::size_t at = 0; (at = text.find("process ", at)) != std::string::npos; ++at) {
      const std::size_t end = text.find_first_of(":\n", at);
      text.replace(at, end - at, "process");
    }
    return text;
  }
};

TEST_F(KernelsCommandTest, ListsWhatIsOursAndWhatItIsFor) {
  std::optional<Store> dead = OpenStore();
  Record(*dead, "0c7e5a10-left");
  dead->RecordKernelReleasing(Record(*dead, "33333333-given-back"));
  dead.reset();
  Store store = OpenStore();
  store.RegisterWorker(WorkerKind::kWork);
  Record(store, "11111111-warm");
  store.RecordKernelReleasing(Record(store, "22222222-ending"));
  EXPECT_EQ(
      Masked(Transcript({"kernels"})),
      "exit 0\n"
      "KERNEL    GATEWAY             KERNELSPEC  USE          SINCE                WORKER\n"
      "0c7e5a10  http://127.0.0.1:1  python3     left behind  2026-11-23 02:00:00  process\n"
      "33333333  http://127.0.0.1:1  python3     ending       2026-11-23 02:00:00  process\n"
      "11111111  http://127.0.0.1:1  python3     warm         2026-11-23 02:00:00  process\n"
      "22222222  http://127.0.0.1:1  python3     ending       2026-11-23 02:00:00  process\n");
  const auto json = nlohmann::json::parse(Cellar({"kernels", "--json"}).out);
  EXPECT_EQ(json.at("kernels").size(), 4U);
  EXPECT_EQ(json.at("kernels")[0].at("left_behind"), true);
  EXPECT_EQ(json.at("kernels")[0].at("worker_alive"), false);
  EXPECT_EQ(json.at("kernels")[1].at("left_behind"), false);
  EXPECT_EQ(json.at("kernels")[2].at("id"), "11111111-warm");
  EXPECT_EQ(json.at("kernels")[2].at("run"), nullptr);
}

TEST_F(KernelsCommandTest, SaysWhatCouldNotBeEnded) {
  std::optional<Store> dead = OpenStore();
  Record(*dead, "0c7e5a10-left");
  dead.reset();
  EXPECT_EQ(Masked(Transcript({"kernels", "--reap", "--dry-run"})),
            "exit 0\nkernel 0c7e5a10-left on http://127.0.0.1:1 would be ended: process\n");
  const ProgramResult result = Cellar({"kernels", "--reap"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("kernel 0c7e5a10-left on http://127.0.0.1:1 could not be ended: "
                            "gateway http://127.0.0.1:1: DELETE"),
            std::string::npos)
      << result.err;
}

TEST_F(KernelsCommandTest, ForgetsWhatCouldNotBeEnded) {
  std::optional<Store> dead = OpenStore();
  Record(*dead, "0c7e5a10-left");
  dead.reset();
  const ProgramResult result = Cellar({"kernels", "--reap", "--forget", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("could not be ended, and is forgotten: gateway"), std::string::npos)
      << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("kernels")[0].at("fate"), "forgotten");
  EXPECT_EQ(Transcript({"kernels"}), "exit 0\n--\nno kernels of ours\n");
}

TEST_F(KernelsCommandTest, MakesNoStoreToLookForKernelsIn) {
  EXPECT_EQ(Cellar({"kernels", "--reap", "--store", "no/such.db"}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "no"));
}

TEST_F(KernelsCommandTest, ForgetsNothingThatItDidNotTryToEnd) {
  const std::string usage =
      "exit 2\n--\ncellar: kernels: --forget gives up what --reap could not end: give --reap, no "
      "--dry-run\n";
  EXPECT_EQ(Transcript({"kernels", "--forget"}), usage);
  EXPECT_EQ(Transcript({"kernels", "--reap", "--dry-run", "--forget"}), usage);
}

TEST_F(KernelsCommandTest, EndsWhatADeadWorkerLeftAndNothingElse) {
  const RealGateway gateway;
  environment_["CELLAR_TOKEN"] = gateway.Address().token;
  GatewayClient client(gateway.Address());
  std::optional<Store> dead = OpenStore();
  const KernelRowId row =
      dead->RecordKernelIntent(Recorded(gateway.Address(), "cellar-left"), std::nullopt);
  const StartedKernel left = client.Start("cellar-left");
  dead->RecordKernelStarted(row, left.kernel_id, left.session_id);
  dead->RecordKernelIntent(Recorded(gateway.Address(), "cellar-unanswered"), std::nullopt);
  client.Start("cellar-unanswered");
  dead.reset();
  const StartedKernel foreign = client.Start("foreign");
  Store alive = OpenStore();
  alive.RegisterWorker(WorkerKind::kWork);
  const KernelRowId mine =
      alive.RecordKernelIntent(Recorded(gateway.Address(), "cellar-alive"), std::nullopt);
  const StartedKernel used = client.Start("cellar-alive");
  alive.RecordKernelStarted(mine, used.kernel_id, used.session_id);

  EXPECT_EQ(Cellar({"kernels", "--reap", "--dry-run"}).exit_code, 0);
  EXPECT_EQ(gateway.KernelPids().size(), 4U);
  const ProgramResult reaped = Cellar({"kernels", "--reap", "--json"});
  EXPECT_EQ(reaped.exit_code, 0) << reaped.err;
  const auto answer = nlohmann::json::parse(reaped.out);
  for (const auto& kernel : answer.at("kernels")) {
    EXPECT_EQ(kernel.at("fate"), "ended") << kernel;
  }
  EXPECT_EQ(gateway.KernelPids().size(), 2U);
  EXPECT_TRUE(client.Model(foreign).has_value());
  EXPECT_TRUE(client.Model(used).has_value());
  EXPECT_EQ(Transcript({"kernels", "--reap"}), "exit 0\n--\nno kernels are left behind\n");
}

TEST_F(KernelsCommandTest, WantsToKnowWhatIsToBeRehearsed) {
  EXPECT_EQ(Transcript({"kernels", "--dry-run"}),
            "exit 2\n--\ncellar: kernels: --dry-run says what --reap would end: give both\n");
}

}  // namespace
}  // namespace cellar
