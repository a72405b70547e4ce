// An EmbeddedGateway in the test's own process, its processes as /proc shows them, and the
// environment that it starts in.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/types.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "runner/gateway/embedded_gateway.h"
#include "tests/support/gateway_client.h"
#include "tests/support/temp_dir.h"

namespace cellar {

class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (before_) {
      ::setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

struct StartedGateway {
  StartedGateway() {
    auto started = boost::asio::co_spawn(io, gateway.Start(), boost::asio::use_future);
    while (started.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    started.get();
  }

  boost::asio::io_context io{1};
  EmbeddedGateway gateway{io.get_executor(), {"CELLAR_TOKEN", "LAB_TOKEN"}};
};

/// One process, whatever becomes of its number.
class WatchedProcess {
 public:
  explicit WatchedProcess(pid_t pid);
  ~WatchedProcess();
  WatchedProcess(WatchedProcess&& other) noexcept;
  WatchedProcess& operator=(WatchedProcess&&) = delete;

  pid_t pid() const { return pid_; }
  /// False when it still runs after a minute.
  bool WaitUntilEnded() const;

 private:
  pid_t pid_;
  int fd_;
};

/// In the order in which they were started.
std::vector<pid_t> Children(pid_t pid);
/// Every process below `pid`, parents first.
std::vector<WatchedProcess> Descendants(pid_t pid);
std::string Arguments(pid_t pid);    // NULs as spaces
std::string Environment(pid_t pid);  // NULs as newlines
std::optional<pid_t> FindByArguments(pid_t below, const std::string& part);

std::string TextOf(const std::filesystem::path& file);
/// What the code prints on the kernel to which it is connected.
std::string StdoutOf(GatewayClient& client, const std::string& code);

class EmbeddedGatewayTest : public testing::Test {
 protected:
  /// Of embedded gateways: what one has while it runs.
  std::vector<std::filesystem::path> FoldersLeft() const;

  TempDir temp_;
  ScopedVariable tmpdir_{"TMPDIR", temp_.path().string()};
};

}  // namespace cellar
