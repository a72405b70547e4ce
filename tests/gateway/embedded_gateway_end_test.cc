// However the program ends, its embedded gateway and all the gateway's processes end with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/gateway/embedded_gateway_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

class EmbeddedGatewayEndTest : public EmbeddedGatewayTest {};

/// A Python kernel whose cell waits for a program that it has started, and an R kernel.
class BusyGateway {
 public:
  BusyGateway() : python_(started_.gateway.address()), r_(started_.gateway.address()) {
    python_.Connect(python_.Start("cellar-python", "python3"), NewId());
    python_.Execute(
        "import subprocess, sys\n"
        "cell = subprocess.Popen(['sleep', '1000000'])\n"
        "print('started', flush=True)\n"
        "cell.wait()");
    python_.ReadTo("started");
    r_.Connect(r_.Start("cellar-r", "ir"), NewId());
    r_.Execute("cat('started\\n'); flush.console(); Sys.sleep(1000000)");
    r_.ReadTo("started");
  }

  EmbeddedGateway& gateway() { return started_.gateway; }

 private:
  StartedGateway started_;
  GatewayClient python_;
  GatewayClient r_;
};

// The guardian, the fork server, the server, two kernels, the cell's program.
constexpr std::size_t kProcesses = 6;

pid_t ServerOf(const WatchedProcess& guardian) { return Children(guardian.pid()).back(); }

[[noreturn]] void OwnGateway(int ready) try {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  BusyGateway gateway;
  [[maybe_unused]] const auto written = ::write(ready, "", 1);
  while (true) ::pause();
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  ::_exit(1);
}

/// A program that owns a BusyGateway and does nothing but wait.
pid_t StartOwner() {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) != 0) throw std::runtime_error("pipe");
  const pid_t owner = ::fork();
  if (owner == 0) OwnGateway(ready[1]);
  char byte = 0;
  ::close(ready[1]);
  const auto got = ::read(ready[0], &byte, 1);
  ::close(ready[0]);
  if (got != 1) throw std::runtime_error("the owner ended");
  return owner;
}

void KillOwner(pid_t owner) {
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
}

void ExpectAllEnded(const std::vector<WatchedProcess>& processes) {
  for (const WatchedProcess& process : processes) {
    EXPECT_TRUE(process.WaitUntilEnded()) << Arguments(process.pid());
  }
}

TEST_F(EmbeddedGatewayEndTest, TakesAllItsProcessesAlong) {
  std::vector<WatchedProcess> processes;
  {
    BusyGateway gateway;
    processes = Descendants(::getpid());
    EXPECT_EQ(processes.size(), kProcesses);
  }
  ExpectAllEnded(processes);
  EXPECT_TRUE(FoldersLeft().empty());
}

TEST_F(EmbeddedGatewayEndTest, TakesAlongWhatIsLeftOfAKernelThatHasEnded) {
  std::optional<WatchedProcess> left;
  {
    StartedGateway started;
    GatewayClient client(started.gateway.address());
    client.Connect(client.Start("cellar-test"), NewId());
    left.emplace(std::stoi(
        StdoutOf(client,
                 "import subprocess\n"
                 "print(subprocess.Popen(['sleep', '1000000'], start_new_session=True).pid)")));
    client.Execute("import os; os._exit(3)");
    EXPECT_THAT(client.ReadTo("dead"), testing::EndsWith("server: dead\n"));
    EXPECT_TRUE(FindByArguments(::getpid(), "sleep 1000000").has_value());
  }
  EXPECT_TRUE(left->WaitUntilEnded());
}

TEST_F(EmbeddedGatewayEndTest, LeavesNothingWhenTheProgramIsKilled) {
  const pid_t owner = StartOwner();
  const auto processes = Descendants(owner);
  ASSERT_EQ(processes.size(), kProcesses);
  KillOwner(owner);
  ExpectAllEnded(processes);
  EXPECT_TRUE(FoldersLeft().empty());
}

TEST_F(EmbeddedGatewayEndTest, LeavesNoStoppedProcessWhenTheProgramIsKilled) {
  const pid_t owner = StartOwner();
  const auto processes = Descendants(owner);
  ASSERT_EQ(processes.size(), kProcesses);
  for (const char* program : {"ipykernel_launcher", "IRkernel::main"}) {
    ::kill(FindByArguments(owner, program).value(), SIGSTOP);
  }
  ::kill(ServerOf(processes[0]), SIGSTOP);
  KillOwner(owner);
  ExpectAllEnded(processes);
  EXPECT_TRUE(FoldersLeft().empty());
}

TEST_F(EmbeddedGatewayEndTest, EndsItsKernelsWhenTheGuardianIsKilled) {
  BusyGateway gateway;
  const auto processes = Descendants(::getpid());
  ASSERT_EQ(processes.size(), kProcesses);
  const pid_t of_the_cell = FindByArguments(::getpid(), "sleep 1000000").value();
  ::kill(processes[0].pid(), SIGKILL);
  for (const WatchedProcess& process : processes) {
    if (process.pid() == of_the_cell) ::kill(of_the_cell, SIGKILL);  // nobody else knows it now
    EXPECT_TRUE(process.WaitUntilEnded()) << Arguments(process.pid());
  }
  EXPECT_FALSE(gateway.gateway().running());
}

TEST_F(EmbeddedGatewayEndTest, EndsItsKernelsWhenTheServerIsKilled) {
  BusyGateway gateway;
  const auto processes = Descendants(::getpid());
  ASSERT_EQ(processes.size(), kProcesses);
  ::kill(ServerOf(processes[0]), SIGKILL);
  ExpectAllEnded(processes);
  EXPECT_FALSE(gateway.gateway().running());
  EXPECT_TRUE(FoldersLeft().empty());
}

TEST_F(EmbeddedGatewayEndTest, IsOutOfReachOfTheTerminalsSignals) {
  StartedGateway started;
  for (const WatchedProcess& process : Descendants(::getpid())) {
    EXPECT_NE(::getsid(process.pid()), ::getsid(0));
  }
}

}  // namespace
}  // namespace cellar
