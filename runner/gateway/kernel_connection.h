// One WebSocket to one kernel's channels. Knows nothing of cells. Reconnecting is its owner's
// decision: after a failure it is thrown away and a new one opened with the same session_id.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include "runner/gateway/address.h"
#include "runner/gateway/framing.h"

namespace cellar {

struct ConnectionLimits {
  // The server answers after the kernel's first kernel_info_reply: up to 60 s for the kernel.
  std::chrono::milliseconds handshake{90'000};
  // Nothing came, not even an answer to our ping after half of it. Proxies allow 60 s.
  std::chrono::milliseconds idle{45'000};
};

class KernelConnection {
 public:
  /// Throws Error kUsage as Gateway does.
  KernelConnection(boost::asio::any_io_executor executor, GatewayAddress address,
                   std::string kernel_id, std::string session_id, ConnectionLimits limits = {});
  ~KernelConnection();
  KernelConnection(const KernelConnection&) = delete;
  KernelConnection& operator=(const KernelConnection&) = delete;

  /// Connect (40 s), TLS (40 s), WebSocket handshake. Once. Throws Error with the phase named;
  /// kKernelGone for a 404, kGatewayLost when it was closed meanwhile.
  boost::asio::awaitable<void> Open();

  /// Several may be under way: they go out one after the other. Throws Error kGatewayLost when the
  /// connection is gone, kUsage for more than the 10 MiB that gateways take (it stays open).
  boost::asio::awaitable<void> Send(KernelRequest request);

  /// The next message, or a frame that could not be read. Keep one call pending always: pings are
  /// answered only while it reads. Throws Error kGatewayLost when the connection ends, however. A
  /// call that is cancelled ends the connection: a frame may be half read.
  boost::asio::awaitable<std::variant<KernelMessage, FrameFault>> Receive();

  /// A message is half here: it is large, or the way is slow.
  bool receiving() const;

  Framing framing() const;
  const std::string& session_id() const;

  /// Lets the gateway end the connection: Receive gives what it had sent up to then, and throws.
  /// What its kernels say afterwards it keeps for the same session_id.
  void FinishSending();

  /// Ends the connection at once, without a close frame; pending calls throw. Any time.
  void Close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the calls that are under way
};

}  // namespace cellar
