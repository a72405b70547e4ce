// Debian's own jupyter-server on a free loopback port, with ipykernel and IRkernel behind it: what
// the fake gateway is held to. Apart from the user's settings; gone with the test, kernels and all.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/gateway/address.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace cellar {

struct RealGatewayOptions {
  std::string token = "real-token";
  std::string base_path = "/";
  bool rate_limits = false;                 // jupyter's own: 1000 messages and 1 MB a second
  std::vector<std::string> arguments = {};  // "--ServerApp.kernel_ws_protocol="
};

class RealGateway {
 public:
  /// Answers requests when it returns. Throws std::runtime_error with its log if it does not start.
  explicit RealGateway(RealGatewayOptions options = {});
  ~RealGateway();

  GatewayAddress Address() const;
  int port() const { return port_; }
  /// Where kernels begin: the server's root.
  const TempDir& root() const { return root_; }
  std::string Log() const;

  void Kill();       // kill -9; its kernels notice within a second, and end
  void Terminate();  // SIGTERM, and waits until it and its kernels have ended
  void Freeze();     // SIGSTOP
  void Thaw();
  /// After Kill or Terminate: the same port, token and root, without any kernel.
  void Start();

  /// From /proc: the process that has this kernel's connection file in its arguments.
  std::optional<pid_t> KernelPid(const std::string& kernel_id) const;
  std::vector<pid_t> KernelPids() const;
  /// The id of the only kernel that lives. Throws when there is none, or more.
  std::string OnlyKernel() const;
  /// Throws when there is no such process.
  void SignalKernel(const std::string& kernel_id, int signal) const;

 private:
  std::vector<std::string> Arguments() const;
  void KillKernels() const;

  const RealGatewayOptions options_;
  TempDir root_;
  TempDir settings_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace cellar
