// The REST side of one gateway. Every failure is an Error whose kind was decided from status *and*
// body, and whose message names gateway, request, answer and what to do. One thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/gateway/address.h"

namespace cellar {

struct Kernelspec {
  std::string name;
  std::string display_name;
  std::string language;
  std::string interrupt_mode;  // "signal" or "message"
};

struct Kernelspecs {
  std::string default_name;
  std::vector<Kernelspec> specs;
};

struct ServerInfo {
  std::string version;                                    // from GET /api
  std::string server_header;                              // "TornadoServer/6.2"
  bool has_sessions = false;                              // GET /api/sessions answers
  std::optional<std::chrono::milliseconds> clock_offset;  // its Date header minus our clock
};

struct KernelModel {
  std::string id;
  std::string name;
  std::string execution_state;  // starting idle busy restarting dead unknown, or empty
  int connections = 0;
};

struct StartedKernel {
  std::string kernel_id;
  std::string session_id;  // of the REST session; empty: made through /api/kernels
  std::string kernelspec;  // that it was made of, also where the order named none
};

struct KernelOrder {
  std::string kernelspec;   // empty: the server's default
  std::string working_dir;  // '/'-separated, relative to the server's root; "" or ".": the root
  std::string tag;          // one path segment that no other kernel has: "cellar-1f3a-12-1"
  std::function<void()> on_ask;  // its turn has come: the gateway is asked now
};

/// How long the answer to an order is waited for. A server that takes longer still may start it.
inline constexpr std::chrono::seconds kStartLimit{100};

class Gateway {
 public:
  Gateway(boost::asio::any_io_executor executor, GatewayAddress address);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  const GatewayAddress& address() const;

  boost::asio::awaitable<ServerInfo> Describe();
  boost::asio::awaitable<Kernelspecs> ListKernelspecs();

  /// Through POST /api/sessions, with the order's tag as the last segment of the path; through
  /// /api/kernels, which knows no tag, where there are no sessions or the address has an `env`.
  /// One creation at a time; never repeated blindly; those that wait behind one which failed only
  /// after seconds fail with it, as NotConnected. A directory that is not there becomes the
  /// nearest one above it that is (jupyter_server). Waits 100 s. kGatewayBusy: a limit was reached.
  /// kKernelUnavailable: the message lists the kernelspecs. kUsage: a directory outside the root.
  boost::asio::awaitable<StartedKernel> StartKernel(KernelOrder order);

  /// The kernel that was made with this tag, if the server has one (needs sessions).
  boost::asio::awaitable<std::optional<StartedKernel>> FindKernel(std::string tag);

  /// nullopt: 404, the kernel is gone.
  boost::asio::awaitable<std::optional<KernelModel>> GetKernel(std::string kernel_id);
  boost::asio::awaitable<void> Interrupt(std::string kernel_id);
  /// Waits for the answer (0.7 to 6 s); a kernel that is gone already is no failure.
  boost::asio::awaitable<void> DeleteKernel(StartedKernel kernel);
  /// Returns once the request is written and, on this machine, has been received; elsewhere, or
  /// when it has not, after 50 ms more: a proxy drops a request whose client leaves at once. The
  /// server goes on when we leave.
  boost::asio::awaitable<void> SendDelete(StartedKernel kernel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
