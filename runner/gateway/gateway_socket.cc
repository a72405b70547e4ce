#include "runner/gateway/gateway_socket.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <boost/asio/connect.hpp>

#include "jobs/error.h"
#include "runner/gateway/use_tuple.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kConnectLimit{40};
// A server without TLS waits for the end of a request, and says nothing.
constexpr std::chrono::seconds kTlsLimit{15};

bool IsPassing(const error_code& error) {
  return error == asio::error::connection_refused || error == asio::error::connection_reset ||
         error == asio::error::connection_aborted || error == asio::error::network_unreachable ||
         error == asio::error::host_unreachable || error == asio::error::host_not_found_try_again ||
         error == asio::error::eof;
}

void CheckFile(const error_code& error, std::string_view key, const std::string& file,
               const GatewayAddress& address) {
  if (!error) return;
  throw Error(ErrorKind::kUsage, fmt::format("{} {}: {} `{}` cannot be used: {}", address.peer.name,
                                             address.Label(), key, file, error.message()));
}

void LoadClientCertificate(const GatewayAddress& address, asio::ssl::context& context) {
  error_code error;
  if (address.client_cert.empty()) return;
  context.use_certificate_chain_file(address.client_cert, error);
  CheckFile(error, "client_cert", address.client_cert, address);
  // Nobody is there to be asked for one.
  bool is_asked = false;
  context.set_password_callback([&is_asked](std::size_t, asio::ssl::context::password_purpose) {
    is_asked = true;
    return std::string();
  });
  const std::string& key = address.client_key.empty() ? address.client_cert : address.client_key;
  context.use_private_key_file(key, asio::ssl::context::pem, error);
  context.set_password_callback(
      [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
  if (error && is_asked) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} {}: client_key `{}` has a password: give a key without one",
                            address.peer.name, address.Label(), key));
  }
  CheckFile(error, "client_key", key, address);
}

}  // namespace

TlsContext MakeTlsContext(const GatewayAddress& address, const Url& url) {
  if (!url.tls) return nullptr;
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // Servers often close without close_notify; HTTP and WebSocket know their own ends.
  SSL_CTX_set_options(context->native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  context->set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (address.ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(address.ca_file, error);
  }
  CheckFile(error, address.peer.ca_file, address.ca_file, address);
  LoadClientCertificate(address, *context);
  return context;
}

void QuickAckSocket::RenewQuickAck() {
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

GatewaySocket::GatewaySocket(const executor_type& executor, TlsContext tls_context,
                             std::string ca_file)
    : tls_context_(std::move(tls_context)), ca_file_(std::move(ca_file)), tcp_(executor) {
  if (tls_context_) tls_.emplace(tcp_, *tls_context_);
}

asio::awaitable<std::optional<ConnectFault>> GatewaySocket::Connect(Url url) {
  error_code error;
  std::string phase = fmt::format("connecting to {}", url.Authority());
  if (!co_await WithTimeout(ConnectTcp(url, error), kConnectLimit)) {
    co_return ConnectFault{
        fmt::format("{}: no connection after {} s", phase, kConnectLimit.count())};
  }
  if (error) co_return ConnectFault{phase + ": " + error.message(), IsPassing(error)};
  if (!tls_) co_return std::nullopt;

  phase = fmt::format("TLS handshake with {}", url.Authority());
  if (!co_await WithTimeout(ShakeHands(url, error), kTlsLimit)) {
    co_return ConnectFault{fmt::format("{}: not done after {} s; is https:// right for this port?",
                                       phase, kTlsLimit.count())};
  }
  if (!error) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict == X509_V_OK) {
    co_return ConnectFault{
        fmt::format("{}: {}; is https:// right for this port?", phase, error.message())};
  }
  co_return ConnectFault{
      fmt::format("{}: {}; is the URL's host the one in the certificate, and is the authority that "
                  "signed it in {}?",
                  phase, X509_verify_cert_error_string(verdict), ca_file_)};
}

asio::awaitable<void> GatewaySocket::ConnectTcp(const Url& url, error_code& error) {
  asio::ip::tcp::socket& socket = tcp_.lowest_layer();
  error_code no_number;
  const auto number = asio::ip::make_address(url.host, no_number);
  if (no_number) {
    asio::ip::tcp::resolver resolver(tcp_.get_executor());
    auto [resolve_error, found] = co_await resolver.async_resolve(url.host, url.port, kUseTuple);
    error = resolve_error;
    if (error) co_return;
    const auto [connect_error, used] = co_await asio::async_connect(socket, found, kUseTuple);
    error = connect_error;
  } else {
    const auto port = static_cast<unsigned short>(std::stoi(url.port));
    const asio::ip::tcp::endpoint endpoint(number, port);
    const auto [connect_error] = co_await socket.async_connect(endpoint, kUseTuple);
    error = connect_error;
  }
  error_code ignored;
  if (!error) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<void> GatewaySocket::ShakeHands(const Url& url, error_code& error) {
  SSL* const ssl = tls_->native_handle();
  // Numbers stand in certificates as such, and not in SNI (RFC 6066, section 3).
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), url.host.c_str()) != 1) {
    SSL_set1_host(ssl, url.host.c_str());
    SSL_set_tlsext_host_name(ssl, url.host.c_str());
  }
  const auto [result] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kUseTuple);
  error = result;
}

void GatewaySocket::Close() noexcept {
  error_code ignored;
  tcp_.lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  tcp_.lowest_layer().close(ignored);
}

void GatewaySocket::FinishSending() noexcept {
  boost::system::error_code ignored;
  tcp_.lowest_layer().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

int GatewaySocket::UnacknowledgedBytes() {
  int bytes = 0;
  if (::ioctl(tcp_.lowest_layer().native_handle(), SIOCOUTQ, &bytes) != 0) return 0;
  return bytes;
}

}  // namespace cellar
