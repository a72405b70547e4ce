// The way to one kernel for the life of an attempt: a WebSocket that is taken up again with the
// same session_id when it is cut, and the knowledge whether the kernel process is still the first
// one. What it learns is state; whoever waits is woken by `Changed`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runner/gateway/gateway.h"
#include "runner/gateway/kernel_connection.h"

namespace cellar {

struct LinkLimits {
  /// How long a gateway may be out of reach before the attempt ends as `gateway_lost`.
  std::chrono::milliseconds patience{60'000};
  ConnectionLimits connection;
};

enum class LinkFault {
  kNone,
  kKernelDied,   // died, exited, was restarted, deleted or culled: another process, or none
  kGatewayLost,  // no connection within the patience
};

class KernelLink {
 public:
  using Clock = std::chrono::steady_clock;

  KernelLink(boost::asio::any_io_executor executor, Gateway& gateway, StartedKernel kernel,
             LinkLimits limits);
  /// The way to a kernel that an earlier worker had: over its session, to its process.
  KernelLink(boost::asio::any_io_executor executor, Gateway& gateway, StartedKernel kernel,
             LinkLimits limits, std::string session_id, std::string process_session);
  ~KernelLink();

  /// Every message that arrives, replayed ones too. Set before Open.
  std::function<void(const KernelMessage&)> on_message;
  /// The connection was cut and has been taken up again; what came meanwhile follows.
  std::function<void(const std::string& detail)> on_resumed;
  /// A frame that could not be read.
  std::function<void(const std::string& what)> on_unreadable;

  /// Connects and waits for the kernel's first kernel_info_reply. Throws Error: kKernelGone where
  /// the gateway says that the kernel is gone or dead, kKernelUnavailable where it is only mute.
  boost::asio::awaitable<void> Open(std::chrono::milliseconds patience);
  /// Reads, and reconnects, until Close or a fault. To be spawned once: after Open, or instead of
  /// it where an earlier worker was connected already.
  boost::asio::awaitable<void> Serve();
  /// Throws Error kGatewayLost where the connection is cut: nobody knows then whether it arrived.
  boost::asio::awaitable<void> Send(KernelRequest request);
  /// Whether it answers on the shell channel now, within `patience`. While it is served.
  boost::asio::awaitable<bool> Confirm(std::chrono::milliseconds patience);
  /// Asks the REST side whether the kernel is alive, and, where a sign of its own life is wanted,
  /// the control channel. Failures to ask say nothing; a kernel that is gone becomes the fault.
  /// That answer makes a busy kernel look idle to the gateway, which then nudges it at the next
  /// reconnection and swallows the first message that comes (jupyter-server 1.23.3, handlers.py).
  boost::asio::awaitable<void> Probe(bool wants_sign);
  void Close();
  /// Ends the connection so that nothing is lost between what was taken here and what the gateway
  /// replays to the next who comes with this session. Takes messages meanwhile.
  boost::asio::awaitable<void> Leave();

  /// Waits until something happened or `until` has come.
  boost::asio::awaitable<void> Changed(Clock::time_point until);
  void Notify();

  /// Since when the kernel is known to be there, and the one it was: it answered on the shell
  /// channel, behind everything sent before this connection was made. nullopt: not known now.
  std::optional<Clock::time_point> ready_since() const { return ready_since_; }
  bool connected() const { return connected_; }

  LinkFault fault() const { return fault_; }
  const std::string& fault_message() const { return fault_message_; }
  const std::string& language() const { return language_; }
  const std::string& session_id() const { return session_id_; }
  const std::string& process_session() const { return process_session_; }
  /// A message is half here.
  bool receiving() const { return connected_ && connection_->receiving(); }
  Clock::time_point last_sign() const { return receiving() ? Clock::now() : last_sign_; }
  const StartedKernel& kernel() const { return kernel_; }

 private:
  boost::asio::awaitable<void> Meet(std::chrono::milliseconds patience);
  boost::asio::awaitable<void> WatchBirth();
  boost::asio::awaitable<void> ReadUntilCut();
  boost::asio::awaitable<bool> Reconnect();
  boost::asio::awaitable<bool> Connect();
  boost::asio::awaitable<void> AskForInfo();
  boost::asio::awaitable<void> CheckGone();
  void Take(const KernelMessage& message);
  void CheckProcess(const KernelMessage& message);
  void SetFault(LinkFault fault, const std::string& message);

  boost::asio::any_io_executor executor_;
  Gateway& gateway_;
  StartedKernel kernel_;
  LinkLimits limits_;
  std::string session_id_;
  std::unique_ptr<KernelConnection> connection_;
  boost::asio::steady_timer changed_;
  bool notified_ = false;
  bool closed_ = false;
  bool serving_ = false;
  bool leaving_ = false;
  bool connected_ = false;
  std::string process_session_;  // header.session of the kernel process; empty: it tells none
  std::string info_request_;     // not answered yet
  std::optional<Clock::time_point> ready_since_;
  std::string language_;
  LinkFault fault_ = LinkFault::kNone;
  std::string fault_message_;
  std::string cut_;  // why the connection ended
  Clock::time_point last_sign_;
};

}  // namespace cellar
