// The one stream under HTTP and WebSocket: TCP, with TLS inside where the URL says https, so that
// Beast's templates are instantiated once. Only for the .cc files that speak to a gateway.
//
// TCP_QUICKACK is renewed before every read: gateways write several small frames a cell without
// TCP_NODELAY, so Nagle's algorithm on their side waits for our delayed ACK, and Linux forgets the
// option after a while (48 ms a trivial cell without it, 5.5 with it).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <optional>
#include <string>

#include "runner/gateway/address.h"
#include "runner/gateway/url.h"

namespace cellar {

template <typename Token>
using IoResult =
    typename boost::asio::async_result<std::decay_t<Token>,
                                       void(boost::system::error_code, std::size_t)>::return_type;

class QuickAckSocket {
 public:
  using executor_type = boost::asio::any_io_executor;
  using lowest_layer_type = boost::asio::ip::tcp::socket;

  explicit QuickAckSocket(const executor_type& executor) : socket_(executor) {}

  executor_type get_executor() { return socket_.get_executor(); }
  lowest_layer_type& lowest_layer() { return socket_; }

  template <typename Buffers, typename Token>
  IoResult<Token> async_read_some(const Buffers& buffers, Token&& token) {
    RenewQuickAck();
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  IoResult<Token> async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  void RenewQuickAck();

  boost::asio::ip::tcp::socket socket_;
};

/// Why no connection came about: "connecting to lab.example:443: Connection refused".
struct ConnectFault {
  std::string what;
  bool passing = false;  // worth trying again at once
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// Verifies servers against the system's authorities, or against `ca_file` alone; null for http.
/// Throws Error kUsage when a file cannot be used.
TlsContext MakeTlsContext(const GatewayAddress& address, const Url& url);

class GatewaySocket {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// `ca_file`: where an authority can be named, for messages.
  GatewaySocket(const executor_type& executor, TlsContext tls_context, std::string ca_file);

  executor_type get_executor() { return tcp_.get_executor(); }

  /// Connects (40 s for all addresses of the name together) and shakes hands (40 s). May be called
  /// once.
  boost::asio::awaitable<std::optional<ConnectFault>> Connect(Url url);

  /// Both directions, at once; pending operations end with an error. Any time, any number of times.
  void Close() noexcept;

  /// Tells the peer that nothing more comes; what it sends can still be read, up to its own end.
  void FinishSending() noexcept;

  /// Bytes that the peer's TCP has not acknowledged.
  int UnacknowledgedBytes();

  template <typename Buffers, typename Token>
  IoResult<Token> async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  IoResult<Token> async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  boost::asio::awaitable<void> ConnectTcp(const Url& url, boost::system::error_code& error);
  boost::asio::awaitable<void> ShakeHands(const Url& url, boost::system::error_code& error);

  TlsContext tls_context_;
  std::string ca_file_;
  QuickAckSocket tcp_;
  std::optional<boost::asio::ssl::stream<QuickAckSocket&>> tls_;
};

// Beast's customization points: a WebSocket's timeout, and its end.
inline void beast_close_socket(GatewaySocket& socket) { socket.Close(); }

template <typename Handler>
void async_teardown(boost::beast::role_type, GatewaySocket& socket, Handler&& handler) {
  socket.Close();
  auto executor = boost::asio::get_associated_executor(handler, socket.get_executor());
  boost::asio::post(
      executor, boost::asio::prepend(std::forward<Handler>(handler), boost::system::error_code()));
}

}  // namespace cellar
