// The stream under a connection of the page's server: TCP, with TLS inside where the server has a
// certificate, so that Beast's templates are instantiated once. Only for the .cc files of the
// server.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace cellar {

class PageSocket {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  /// `tls`: nullptr: there is none. It must outlive this.
  PageSocket(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

  executor_type get_executor() { return tcp_.get_executor(); }

  /// Of all that is begun from now on, together.
  void ExpireAfter(std::chrono::seconds time) { tcp_.expires_after(time); }

  /// False: the client speaks no TLS of ours. True at once where there is none.
  boost::asio::awaitable<bool> ShakeHands();
  /// Says that nothing more comes, and takes no notice of what the client still sends, for a few
  /// seconds: a client that is cut while it sends does not read what it was told.
  boost::asio::awaitable<void> Finish();
  /// At once; what is under way ends with an error.
  void Close() { tcp_.close(); }
  /// The same, and the client sees a fault instead of an end.
  void Reset();

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) ->
      typename boost::asio::async_result<std::decay_t<Token>, void(boost::system::error_code,
                                                                   std::size_t)>::return_type {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) ->
      typename boost::asio::async_result<std::decay_t<Token>, void(boost::system::error_code,
                                                                   std::size_t)>::return_type {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  boost::beast::tcp_stream tcp_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace cellar
