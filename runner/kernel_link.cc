#include "runner/kernel_link.h"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "jobs/error.h"
#include "runner/backoff.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;

constexpr milliseconds kLeavePatience(3000);
constexpr milliseconds kBirthInterval(3000);  // in which jupyter_client looks for dead kernels
constexpr milliseconds kFirstPause(250);
constexpr milliseconds kLongestReconnectPause(8000);

std::string ContentText(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

KernelLink::KernelLink(asio::any_io_executor executor, Gateway& gateway, StartedKernel kernel,
                       LinkLimits limits)
    : KernelLink(executor, gateway, std::move(kernel), limits, NewId(), "") {}

KernelLink::KernelLink(asio::any_io_executor executor, Gateway& gateway, StartedKernel kernel,
                       LinkLimits limits, std::string session_id, std::string process_session)
    : executor_(executor),
      gateway_(gateway),
      kernel_(std::move(kernel)),
      limits_(limits),
      session_id_(std::move(session_id)),
      changed_(executor),
      process_session_(std::move(process_session)),
      last_sign_(Clock::now()) {}

KernelLink::~KernelLink() = default;

awaitable<void> KernelLink::Open(milliseconds patience) {
  const bool has_met = co_await EndsBefore(Meet(patience), WatchBirth());
  if (fault_ != LinkFault::kNone) throw Error(ErrorKind::kKernelGone, fault_message_);
  if (!has_met) throw boost::system::system_error(asio::error::operation_aborted);
}

/// Until the kernel is known to be gone. jupyter_server holds back the WebSocket of a kernel that
/// died at its start for as long as it would wait for its answer (60 s), and then drops it.
awaitable<void> KernelLink::WatchBirth() {
  while (fault_ == LinkFault::kNone) {
    asio::steady_timer pause(executor_, kBirthInterval);
    co_await pause.async_wait(asio::use_awaitable);
    co_await CheckGone();
  }
  connection_->Close();
}

awaitable<void> KernelLink::Meet(milliseconds patience) {
  connection_ = std::make_unique<KernelConnection>(executor_, gateway_.address(), kernel_.kernel_id,
                                                   session_id_, limits_.connection);
  co_await connection_->Open();
  connected_ = true;
  co_await AskForInfo();
  const bool in_time = co_await WithTimeout(ReadUntilCut(), patience);
  if (fault_ == LinkFault::kNone && !ready_since_) {
    throw Error(ErrorKind::kKernelUnavailable,
                "gateway " + gateway_.address().Label() + ": kernel " + kernel_.kernel_id +
                    (in_time ? ": connection lost before its first answer: " + cut_
                             : ": no answer to kernel_info_request in time; is it starting?"));
  }
}

/// On the shell channel, which keeps its order: answered behind everything sent before.
awaitable<void> KernelLink::AskForInfo() {
  KernelRequest ask;
  ask.channel = Channel::kShell;
  ask.type = "kernel_info_request";
  ask.id = NewId();
  info_request_ = ask.id;
  co_await connection_->Send(std::move(ask));
}

/// Reads until the connection ends, or, before Serve, until the kernel has answered.
awaitable<void> KernelLink::ReadUntilCut() {
  try {
    while (!closed_ && fault_ == LinkFault::kNone && (serving_ || !info_request_.empty())) {
      const auto received = co_await connection_->Receive();
      if (const auto* message = std::get_if<KernelMessage>(&received)) {
        Take(*message);
      } else if (on_unreadable) {
        on_unreadable(std::get<FrameFault>(received).what);
      }
      Notify();
    }
  } catch (const Error& error) {
    cut_ = error.what();
    connected_ = false;
    ready_since_.reset();
    Notify();
  }
}

awaitable<void> KernelLink::Serve() {
  serving_ = true;
  while (!closed_ && fault_ == LinkFault::kNone) {
    if (connected_) co_await ReadUntilCut();
    if (closed_ || leaving_ || fault_ != LinkFault::kNone) break;
    const bool is_back = co_await Reconnect();
    if (!is_back) break;
  }
  Notify();
}

awaitable<bool> KernelLink::Reconnect() {
  const std::string why = cut_;
  const auto give_up = Clock::now() + limits_.patience;
  for (int failures = 0; !closed_ && fault_ == LinkFault::kNone; ++failures) {
    if (Clock::now() >= give_up) {
      SetFault(LinkFault::kGatewayLost,
               fmt::format("the gateway was out of reach for {} s: {}",
                           std::chrono::duration<double>(limits_.patience).count(), cut_));
      co_return false;
    }
    if (failures > 0) {
      asio::steady_timer pause(
          executor_, BackoffDelay(failures, kFirstPause, kLongestReconnectPause, RandomShare()));
      co_await pause.async_wait(asio::use_awaitable);
      if (closed_) co_return false;
    }
    const bool is_back = co_await Connect();
    if (!is_back) continue;
    if (on_resumed) on_resumed(why);
    co_return true;
  }
  co_return false;
}

awaitable<bool> KernelLink::Connect() {
  bool is_gone = false;
  try {
    connection_ = std::make_unique<KernelConnection>(
        executor_, gateway_.address(), kernel_.kernel_id, session_id_, limits_.connection);
    co_await connection_->Open();
    co_await AskForInfo();
    connected_ = true;
    last_sign_ = Clock::now();
    co_return true;
  } catch (const Error& error) {
    cut_ = error.what();
    is_gone = error.kind() == ErrorKind::kKernelGone;
  }
  if (is_gone) co_await CheckGone();
  co_return false;
}

/// A 404 may be the gateway's, or that of a proxy whose gateway is away.
awaitable<void> KernelLink::CheckGone() {
  try {
    const std::optional<KernelModel> model = co_await gateway_.GetKernel(kernel_.kernel_id);
    if (!model) {
      SetFault(LinkFault::kKernelDied,
               "kernel " + kernel_.kernel_id + " is gone: the gateway answers 404");
    } else if (model->execution_state == "dead") {
      SetFault(LinkFault::kKernelDied, "kernel " + kernel_.kernel_id + " is dead");
    }
  } catch (const Error&) {
    // It says nothing: the reader notices a lost connection, and takes it up again.
  }
}

void KernelLink::Take(const KernelMessage& message) {
  last_sign_ = Clock::now();
  CheckProcess(message);
  if (fault_ != LinkFault::kNone) return;
  if (!info_request_.empty() && message.type == "kernel_info_reply" &&
      message.parent_id == info_request_) {
    info_request_.clear();
    ready_since_ = Clock::now();
    if (!language_.empty()) return;
    const auto info = message.content.find("language_info");
    if (info != message.content.end() && info->is_object()) language_ = ContentText(*info, "name");
    // A kernel that copies the client's session (IRkernel) tells nothing about its process.
    if (message.session != session_id_) process_session_ = message.session;
    return;
  }
  if (on_message) on_message(message);
}

/// Restarted, dead, deleted, replaced: gateway-protocol, section 2.9.
void KernelLink::CheckProcess(const KernelMessage& message) {
  const std::string label = "kernel " + kernel_.kernel_id;
  if (message.type == "status" && message.parent_id.empty()) {
    const std::string state = ContentText(message.content, "execution_state");
    if (state == "restarting" || state == "dead") {
      SetFault(LinkFault::kKernelDied, label + " died (the gateway says " + state + ")");
    }
  } else if (message.type == "shutdown_reply") {
    const auto restart = message.content.find("restart");
    const bool restarts =
        restart != message.content.end() && restart->is_boolean() && restart->get<bool>();
    SetFault(LinkFault::kKernelDied, label + (restarts ? " was restarted by another client"
                                                       : " was shut down by another client"));
  }
  if (!process_session_.empty() && !message.made_by_server && !message.session.empty() &&
      message.session != process_session_ && message.session != session_id_) {
    SetFault(LinkFault::kKernelDied, label + " is another process than the one this began on");
  }
}

awaitable<void> KernelLink::Send(KernelRequest request) {
  co_await connection_->Send(std::move(request));
}

awaitable<bool> KernelLink::Confirm(milliseconds patience) {
  if (!connected_ || fault_ != LinkFault::kNone) co_return false;
  ready_since_.reset();
  try {
    co_await AskForInfo();
  } catch (const Error&) {
    co_return false;
  }
  const auto give_up = Clock::now() + patience;
  while (!ready_since_ && fault_ == LinkFault::kNone && Clock::now() < give_up) {
    co_await Changed(give_up);
  }
  co_return ready_since_.has_value() && fault_ == LinkFault::kNone;
}

awaitable<void> KernelLink::Probe(bool wants_sign) {
  if (connected_ && wants_sign) {
    KernelRequest ask;
    ask.channel = Channel::kControl;
    ask.type = "kernel_info_request";
    ask.id = NewId();
    try {
      co_await connection_->Send(std::move(ask));
    } catch (const Error&) {
      co_return;  // the reader notices
    }
  }
  co_await CheckGone();
}

awaitable<void> KernelLink::Leave() {
  leaving_ = true;
  if (!connected_) co_return;
  connection_->FinishSending();
  const auto give_up = Clock::now() + kLeavePatience;
  while (connected_ && Clock::now() < give_up) co_await Changed(give_up);
}

void KernelLink::Close() {
  closed_ = true;
  if (connection_) connection_->Close();
  Notify();
}

awaitable<void> KernelLink::Changed(Clock::time_point until) {
  if (!notified_) {
    changed_.expires_at(until);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await changed_.async_wait(token);
  }
  notified_ = false;
}

void KernelLink::Notify() {
  notified_ = true;
  changed_.cancel();
}

void KernelLink::SetFault(LinkFault fault, const std::string& message) {
  if (fault_ != LinkFault::kNone) return;
  fault_ = fault;
  fault_message_ = message;
  Notify();
}

}  // namespace cellar
