#include "runner/gateway/kernel_connection.h"

#include <fmt/format.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "jobs/error.h"
#include "jobs/source_text.h"
#include "runner/gateway/gateway_socket.h"
#include "runner/gateway/http_failure.h"
#include "runner/gateway/one_at_a_time.h"
#include "runner/gateway/url.h"
#include "runner/gateway/use_tuple.h"

namespace cellar {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

constexpr std::string_view kV1Protocol = "v1.kernel.websocket.jupyter.org";
constexpr std::size_t kLargestFrame = 10u << 20;  // tornado's websocket_max_message_size
constexpr std::size_t kKeptBuffer = 1u << 20;

double SecondsOf(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string WhyItEnded(const error_code& error, const websocket::close_reason& reason) {
  if (error == websocket::error::closed) {
    const std::string words = OneLine({reason.reason.data(), reason.reason.size()});
    return fmt::format("the gateway closed it with {}{}{}", reason.code, words.empty() ? "" : " ",
                       words);
  }
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return "the gateway ended it without a word";
  }
  return error.message();
}

}  // namespace

struct KernelConnection::Impl {
  Impl(asio::any_io_executor executor, GatewayAddress address_given, std::string kernel_id_given,
       std::string session_id_given, ConnectionLimits limits_given)
      : address(std::move(address_given)),
        url(UsableUrl(address)),
        kernel_id(std::move(kernel_id_given)),
        session_id(std::move(session_id_given)),
        limits(limits_given),
        stream(executor, MakeTlsContext(address, url), address.peer.whose_ca_file),
        sending(executor) {}

  HttpRequest Described() const;
  void SetOptions();
  asio::awaitable<void> ShakeHands();
  Error Declined(const websocket::response_type& response) const;
  Error Lost(const error_code& error);
  void MarkMaker(KernelMessage& message) const;
  void Close(const std::string& why);

  GatewayAddress address;
  Url url;
  std::string kernel_id;
  std::string session_id;
  ConnectionLimits limits;
  websocket::stream<GatewaySocket, false> stream;
  boost::beast::flat_buffer buffer;
  OneAtATime sending;
  Framing framing = Framing::kDefault;
  bool open = false;
  std::string end;  // why it is over; empty: it is not
};

// For messages, and for what an answer that declines the WebSocket means.
HttpRequest KernelConnection::Impl::Described() const {
  HttpRequest request;
  request.method = "GET";
  request.path = "/api/kernels/" + PercentEncode(kernel_id) + "/channels";
  return request;
}

void KernelConnection::Impl::SetOptions() {
  stream.read_message_max(0);
  websocket::stream_base::timeout timeout;
  timeout.handshake_timeout = limits.handshake;
  timeout.idle_timeout = limits.idle;
  timeout.keep_alive_pings = true;
  stream.set_option(timeout);
  stream.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
    if (!address.token.empty()) request.set(http::field::authorization, "token " + address.token);
    request.set(http::field::sec_websocket_protocol, kV1Protocol);
    request.set(http::field::user_agent, "cellar");
  }));
}

asio::awaitable<void> KernelConnection::Impl::ShakeHands() {
  SetOptions();
  const std::string target =
      url.base + Described().path + "?session_id=" + PercentEncode(session_id);
  const std::string host = url.Authority();
  websocket::response_type response;
  const auto [error] = co_await stream.async_handshake(response, host, target, kUseTuple);
  if (!end.empty()) throw Lost(error);
  if (error == websocket::error::upgrade_declined) throw Declined(response);
  if (error == boost::beast::error::timeout) {
    throw Error(ErrorKind::kGatewayUnreachable,
                GatewayMessage(address, Described(),
                               fmt::format("WebSocket handshake: no answer after {} s; the gateway "
                                           "waits for the kernel before it answers",
                                           SecondsOf(limits.handshake))));
  }
  if (error) {
    throw Error(ErrorKind::kGatewayUnreachable,
                GatewayMessage(address, Described(), "WebSocket handshake: " + error.message()));
  }
  if (response[http::field::sec_websocket_protocol] == kV1Protocol) framing = Framing::kV1;
  stream.binary(framing == Framing::kV1);
}

Error KernelConnection::Impl::Declined(const websocket::response_type& response) const {
  HttpAnswer answer;
  answer.status = static_cast<int>(response.result_int());
  answer.reason = std::string(response.reason());
  answer.body = response.body();
  answer.content_type = std::string(response[http::field::content_type]);
  answer.location = std::string(response[http::field::location]);
  if (answer.status != 404) return HttpFailure(address, Described(), answer);
  // A web page here, even from a jupyter_server that knows the path.
  return Error(ErrorKind::kKernelGone,
               GatewayMessage(address, Described(), "404 Not Found: the kernel is gone"));
}

// Ends the connection too: after a failed operation a WebSocket stream is of no more use.
Error KernelConnection::Impl::Lost(const error_code& error) {
  if (error == boost::beast::error::timeout) {
    Close(fmt::format("no sign of life for {} s", SecondsOf(limits.idle)));
  } else {
    Close(WhyItEnded(error, stream.reason()));
  }
  return Error(ErrorKind::kGatewayLost,
               GatewayMessage(address, Described(), "connection lost: " + end));
}

// In the v1 framing every message has buffers, or none. The gateway's own messages are made with
// our session_id, and jupyter_client's ids begin with the session's; kernels that copy our session
// into their headers (IRkernel, IJulia) have ids of their own.
void KernelConnection::Impl::MarkMaker(KernelMessage& message) const {
  if (message.id.starts_with(session_id + "_")) message.made_by_server = true;
}

void KernelConnection::Impl::Close(const std::string& why) {
  if (end.empty()) end = why;
  stream.next_layer().Close();
}

KernelConnection::KernelConnection(asio::any_io_executor executor, GatewayAddress address,
                                   std::string kernel_id, std::string session_id,
                                   ConnectionLimits limits)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(address), std::move(kernel_id),
                                   std::move(session_id), limits)) {}

KernelConnection::~KernelConnection() { Close(); }

asio::awaitable<void> KernelConnection::Open() {
  const auto impl = impl_;
  const auto fault = co_await impl->stream.next_layer().Connect(impl->url);
  if (!impl->end.empty()) throw impl->Lost(asio::error::operation_aborted);
  if (fault) {
    throw Error(ErrorKind::kGatewayUnreachable,
                GatewayMessage(impl->address, impl->Described(), fault->what));
  }
  co_await impl->ShakeHands();
  impl->open = true;
}

asio::awaitable<void> KernelConnection::Send(KernelRequest request) {
  const auto impl = impl_;
  const std::string frame = EncodeFrame(request, impl->session_id, impl->framing);
  if (frame.size() > kLargestFrame) {
    throw Error(ErrorKind::kUsage,
                GatewayMessage(impl->address, impl->Described(),
                               fmt::format("{} of {} bytes: gateways take at most {}; keep large "
                                           "data in files",
                                           request.type, frame.size(), kLargestFrame)));
  }
  const auto turn = co_await impl->sending.Enter();
  if (!impl->open || !impl->end.empty()) throw impl->Lost(asio::error::not_connected);
  const auto data = asio::buffer(frame);
  const auto [error, size] = co_await impl->stream.async_write(data, kUseTuple);
  if (error) throw impl->Lost(error);
}

asio::awaitable<std::variant<KernelMessage, FrameFault>> KernelConnection::Receive() {
  const auto impl = impl_;
  if (!impl->open || !impl->end.empty()) throw impl->Lost(asio::error::not_connected);
  const auto [error, size] = co_await impl->stream.async_read(impl->buffer, kUseTuple);
  if (error) throw impl->Lost(error);
  const auto data = impl->buffer.cdata();
  const std::string_view frame(static_cast<const char*>(data.data()), data.size());
  auto decoded = DecodeFrame(frame, impl->stream.got_text(), impl->framing);
  if (auto* message = std::get_if<KernelMessage>(&decoded)) impl->MarkMaker(*message);
  impl->buffer.clear();
  if (impl->buffer.capacity() > kKeptBuffer) impl->buffer.shrink_to_fit();
  co_return decoded;
}

bool KernelConnection::receiving() const { return impl_->buffer.size() > 0; }

Framing KernelConnection::framing() const { return impl_->framing; }

void KernelConnection::FinishSending() { impl_->stream.next_layer().FinishSending(); }

const std::string& KernelConnection::session_id() const { return impl_->session_id; }

void KernelConnection::Close() { impl_->Close("it was closed here"); }

}  // namespace cellar
