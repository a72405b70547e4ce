#include "runner/review/api/page_socket.h"

#include <array>
#include <boost/asio/buffer.hpp>

#include "runner/gateway/use_tuple.h"

namespace cellar {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds kHandshakeTime(20);
constexpr std::chrono::seconds kFarewellTime(3);

}  // namespace

PageSocket::PageSocket(tcp::socket socket, asio::ssl::context* tls) : tcp_(std::move(socket)) {
  boost::system::error_code ignored;
  tcp_.socket().set_option(tcp::no_delay(true), ignored);
  if (tls != nullptr) tls_.emplace(tcp_, *tls);
}

asio::awaitable<bool> PageSocket::ShakeHands() {
  if (!tls_) co_return true;
  tcp_.expires_after(kHandshakeTime);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kUseTuple);
  co_return !error;
}

asio::awaitable<void> PageSocket::Finish() {
  tcp_.expires_after(kFarewellTime);
  if (tls_) co_await tls_->async_shutdown(kUseTuple);
  boost::system::error_code error;
  tcp_.socket().shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 16 * 1024> dropped;
  const auto buffer = asio::buffer(dropped);
  while (!error) {
    const auto [failure, size] = co_await tcp_.async_read_some(buffer, kUseTuple);
    error = failure;
  }
}

void PageSocket::Reset() {
  boost::system::error_code ignored;
  tcp_.socket().set_option(tcp::socket::linger(true, 0), ignored);
  tcp_.close();
}

}  // namespace cellar
