// The real gateway as tests start it: it can be killed, frozen and started again, and leaves
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "tests/support/gateway_client.h"
#include "tests/support/real_gateway.h"
#include "tests/support/relay.h"

namespace cellar {
namespace {

constexpr const char* kRealHello =
    "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n";

TEST(RealGatewayTest, SpeaksTheDefaultFramingWhereToldTo) {
  RealGateway gateway(
      {.base_path = "/user/ada/", .arguments = {"--ServerApp.kernel_ws_protocol="}});
  GatewayClient client(gateway.Address());
  client.Connect(client.Start("cellar-1"), NewId());
  EXPECT_EQ(client.framing(), Framing::kDefault);
  client.Execute("print('hello')");
  EXPECT_EQ(client.ReadCell(), kRealHello);
}

TEST(RealGatewayTest, DropsOutputOnlyWithItsRateLimits) {
  const std::string flood = "for _ in range(40): print('x' * 100_000, flush=True)";
  for (const bool limited : {false, true}) {
    RealGateway gateway({.rate_limits = limited});
    GatewayClient client(gateway.Address());
    client.Connect(client.Start("cellar-1"), NewId());
    client.Execute(flood);
    const std::string transcript = client.ReadCell();
    EXPECT_EQ(transcript.find("IOPub data rate exceeded") != std::string::npos, limited);
    EXPECT_EQ(transcript.size() > 4'000'000, !limited);
  }
}

TEST(RealGatewayTest, FreezesAKernelAndLetsItGoOn) {
  RealGateway gateway;
  GatewayClient client(gateway.Address());
  const StartedKernel kernel = client.Start("cellar-1");
  client.Connect(kernel, NewId());
  gateway.SignalKernel(kernel.kernel_id, SIGSTOP);
  client.Execute("print('hello')");
  gateway.SignalKernel(kernel.kernel_id, SIGCONT);
  EXPECT_EQ(client.ReadCell(), kRealHello);
}

TEST(RealGatewayTest, GoesOnAfterACutInItsNetwork) {
  RealGateway gateway;
  Relay relay(gateway.port());
  GatewayClient client(relay.Through(gateway.Address()));
  const StartedKernel kernel = client.Start("cellar-1");
  client.Connect(kernel, "session");
  client.Execute(
      "import os, time\nprint('before', flush=True)\n"
      "while not os.path.exists('gate'): time.sleep(0.01)\nprint('after')");
  client.ReadTo("before");
  relay.Cut();
  EXPECT_THAT(client.ReadToEnd(), testing::HasSubstr("\nend: "));
  gateway.root().Write("gate", "");
  client.AwaitModel(kernel, "idle", 0);
  client.Connect(kernel, "session");
  EXPECT_THAT(client.ReadCell(), testing::EndsWith("after\n\nstatus idle\nreply ok\n"));
}

TEST(RealGatewayTest, StartsAgainOnItsPortWithoutAnyKernel) {
  RealGateway gateway;
  GatewayClient client(gateway.Address());
  const StartedKernel kernel = client.Start("cellar-1");
  EXPECT_TRUE(gateway.KernelPid(kernel.kernel_id));
  client.Connect(kernel, NewId());
  gateway.Kill();
  EXPECT_THAT(client.ReadToEnd(), testing::StartsWith("end: "));
  gateway.Start();
  EXPECT_EQ(client.Model(kernel), std::nullopt);
}

TEST(RealGatewayTest, LeavesNoKernelBehind) {
  pid_t kernel_pid = 0;
  {
    RealGateway gateway;
    GatewayClient client(gateway.Address());
    const StartedKernel kernel = client.Start("cellar-1");
    kernel_pid = gateway.KernelPid(kernel.kernel_id).value();
    gateway.SignalKernel(kernel.kernel_id, SIGSTOP);  // one that would not see its parent's end
  }
  // One that has ended has no command line, even if nobody has reaped it yet.
  std::ifstream command_line("/proc/" + std::to_string(kernel_pid) + "/cmdline");
  EXPECT_EQ(command_line.get(), std::ifstream::traits_type::eof());
}

TEST(RealGatewayTest, EndsItsKernelsOnSigterm) {
  RealGateway gateway;
  GatewayClient(gateway.Address()).Start("cellar-1");
  gateway.Terminate();
  EXPECT_THAT(gateway.KernelPids(), testing::IsEmpty());
}

}  // namespace
}  // namespace cellar
