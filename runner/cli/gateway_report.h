// What can be said about one gateway: whether it answers, what it is, and, where a kernel may be
// started to find out, how it treats what kernels send.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "runner/gateway/framing.h"
#include "runner/gateway/gateway.h"
#include "store/store.h"

namespace cellar {

struct KernelProbe {
  std::string fault;  // empty: the rest is known
  std::string kernelspec;
  std::chrono::milliseconds start{0};  // from the order to the kernel's first answer
  Framing framing = Framing::kDefault;
  bool drops_output = false;  // of 6 MB printed at once not all came: rate limits are on
};

struct GatewayReport {
  std::string name;   // "embedded", as in the configuration, or empty for a URL
  std::string url;    // without user info or query
  std::string fault;  // empty: it answers, and the rest is known
  ServerInfo server;
  Kernelspecs kernelspecs;
  std::optional<KernelProbe> probe;
};

struct GatewayQuestion {
  GatewayAddress address;
  bool with_probe = false;
  Store* store = nullptr;  // where the probe's kernel is recorded; nullptr: it ends with us
};

/// Never throws for what a gateway does: that is in the report. The probe's kernel is ended.
boost::asio::awaitable<GatewayReport> AskGateway(boost::asio::any_io_executor executor,
                                                 GatewayQuestion question);

}  // namespace cellar
