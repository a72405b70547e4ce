// The words to systemd, on a real socket.
#include "runner/service_manager.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/notify_socket.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using namespace std::chrono_literals;

class ServiceManagerTest : public testing::Test {
 protected:
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  static ServiceManager Made(const std::string& socket, const std::string& usec = "",
                             const std::string& pid = "") {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    if (!usec.empty()) ::setenv("WATCHDOG_USEC", usec.c_str(), 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return ServiceManager();
  }

  TempDir folder_;
  const std::string path_ = (folder_ / "notify").string();
  const ServiceManager::Clock::time_point start_ = ServiceManager::Clock::time_point(100h);
};

TEST_F(ServiceManagerTest, SaysEachThingOnce) {
  NotifySocket socket(path_);
  ServiceManager manager = Made(path_);
  EXPECT_EQ(manager.Working("0 runs running", start_), std::nullopt);
  EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=0 runs running\n");
  manager.Working("0 runs running", start_ + 1s);
  EXPECT_TRUE(socket.IsQuiet());
  manager.Working("1 run\nrunning", start_ + 2s);
  EXPECT_EQ(socket.Receive(), "STATUS=1 run running\n");
  manager.Stopping("stopping", start_ + 3s);
  EXPECT_EQ(socket.Receive(), "STOPPING=1\nSTATUS=stopping\n");
}

TEST_F(ServiceManagerTest, SaysThatItTurnsAtHalfOfTheWatchdogsTime) {
  NotifySocket socket("@" + path_);
  ServiceManager manager = Made("@" + path_, "2000000", std::to_string(::getpid()));
  EXPECT_EQ(manager.Working("fine", start_), 1s);
  EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=fine\nWATCHDOG=1\n");
  EXPECT_EQ(manager.Working("fine", start_ + 400ms), 600ms);
  EXPECT_TRUE(socket.IsQuiet());
  EXPECT_EQ(manager.Working("fine", start_ + 1s), 1s);
  EXPECT_EQ(socket.Receive(), "WATCHDOG=1\n");
  EXPECT_EQ(manager.Stopping("fine", start_ + 9s), 1s);
  EXPECT_EQ(socket.Receive(), "STOPPING=1\nWATCHDOG=1\n");
}

TEST_F(ServiceManagerTest, LeavesAWatchdogThatIsMeantForAnotherProcess) {
  NotifySocket socket(path_);
  ServiceManager manager = Made(path_, "2000000", "1");
  EXPECT_EQ(manager.Working("fine", start_), std::nullopt);
  EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=fine\n");
}

TEST_F(ServiceManagerTest, LeavesNothingInTheEnvironment) {
  Made(path_, "2000000", "1");
  EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr);
  EXPECT_EQ(::getenv("WATCHDOG_USEC"), nullptr);
  EXPECT_EQ(::getenv("WATCHDOG_PID"), nullptr);
}

TEST_F(ServiceManagerTest, SaysItAgainUntilItIsHeard) {
  ServiceManager manager = Made(path_);
  std::string faults;
  manager.on_fault = [&](const std::string& line) { faults += line + "\n"; };
  manager.Working("fine", start_);
  manager.Working("fine", start_);
  EXPECT_EQ(faults, "cannot tell the service manager at NOTIFY_SOCKET=" + path_ +
                        ": No such file or directory\n");
  NotifySocket socket(path_);
  manager.Working("fine", start_);
  EXPECT_EQ(socket.Receive(), "READY=1\nSTATUS=fine\n");
}

TEST_F(ServiceManagerTest, SaysNothingWhereNobodyListens) {
  ServiceManager manager;
  manager.on_fault = [](const std::string& line) { FAIL() << line; };
  EXPECT_EQ(manager.Working("fine", start_), std::nullopt);
}

}  // namespace
}  // namespace cellar
