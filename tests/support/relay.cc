#include "tests/support/relay.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <set>
#include <thread>

namespace cellar {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using TlsStream = asio::ssl::stream<tcp::socket>;
constexpr auto kRelayTuple = asio::as_tuple(asio::use_awaitable);

tcp::endpoint Loopback(int port) {
  return {asio::ip::address_v4::loopback(), static_cast<asio::ip::port_type>(port)};
}

}  // namespace

struct Relay::Impl {
  explicit Impl(int target) : gateway_port(target), acceptor(io), change(io) {
    change.expires_at(asio::steady_timer::time_point::max());
  }

  void Run();
  void Listen(int wanted);
  void End(bool reset);
  template <typename Work>
  void OnThread(Work work) {
    asio::post(io, asio::use_future(std::move(work))).get();
  }
  asio::awaitable<void> AcceptAll();
  asio::awaitable<void> Serve(tcp::socket socket);
  template <typename Stream>
  asio::awaitable<void> Join(Stream& client, tcp::socket& client_socket);
  template <typename From, typename To>
  asio::awaitable<void> Pump(From& from, To& to, const bool& stalled);
  void Wake() { change.cancel(); }

  const int gateway_port;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> while_deaf{io.get_executor()};
  tcp::acceptor acceptor;
  asio::steady_timer change;  // cancelled when a stall ends
  std::optional<asio::ssl::context> tls;
  std::set<tcp::socket*> open;  // both sides of every connection
  bool stalled_to_gateway = false;
  bool stalled_to_client = false;
  int port = 0;
  std::thread thread;
};

void Relay::Impl::Run() {
  Listen(0);
  thread = std::thread([this] { io.run(); });
}

void Relay::Impl::Listen(int wanted) {
  const tcp::endpoint endpoint = Loopback(wanted);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  if (wanted == 0) port = acceptor.local_endpoint().port();
  asio::co_spawn(io, AcceptAll(), asio::detached);
}

asio::awaitable<void> Relay::Impl::AcceptAll() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kRelayTuple);
    if (error) co_return;
    asio::co_spawn(io, Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> Relay::Impl::Serve(tcp::socket socket) {
  if (!tls) {
    co_await Join(socket, socket);
    co_return;
  }
  TlsStream stream(std::move(socket), *tls);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kRelayTuple);
  if (!error) co_await Join(stream, stream.next_layer());
}

template <typename Stream>
asio::awaitable<void> Relay::Impl::Join(Stream& client, tcp::socket& client_socket) {
  using namespace asio::experimental::awaitable_operators;
  tcp::socket gateway(io);
  const auto [error] = co_await gateway.async_connect(Loopback(gateway_port), kRelayTuple);
  if (error) co_return;
  for (tcp::socket* side : {&client_socket, &gateway}) {
    side->set_option(tcp::no_delay(true));
    open.insert(side);
  }
  // The first side to end ends the other.
  co_await (Pump(client, gateway, stalled_to_gateway) || Pump(gateway, client, stalled_to_client));
  open.erase(&client_socket);
  open.erase(&gateway);
}

template <typename From, typename To>
asio::awaitable<void> Relay::Impl::Pump(From& from, To& to, const bool& stalled) {
  std::array<char, 65536> chunk;
  while (true) {
    const auto [error, size] = co_await from.async_read_some(asio::buffer(chunk), kRelayTuple);
    while (stalled) co_await change.async_wait(kRelayTuple);
    if (error) co_return;
    const auto bytes = asio::buffer(chunk.data(), size);
    const auto [failure, written] = co_await asio::async_write(to, bytes, kRelayTuple);
    if (failure) co_return;
  }
}

void Relay::Impl::End(bool reset) {
  error_code ignored;
  for (tcp::socket* side : open) {
    if (reset) side->set_option(asio::socket_base::linger(true, 0), ignored);
    side->close(ignored);
  }
}

Relay::Relay(int gateway_port) : impl_(std::make_unique<Impl>(gateway_port)) { impl_->Run(); }

Relay::Relay(int gateway_port, const RelayTls& tls) : impl_(std::make_unique<Impl>(gateway_port)) {
  impl_->tls.emplace(asio::ssl::context::tls_server);
  impl_->tls->use_certificate_chain_file(tls.certificate_file);
  impl_->tls->use_private_key_file(tls.key_file, asio::ssl::context::pem);
  if (!tls.client_ca_file.empty()) {
    impl_->tls->load_verify_file(tls.client_ca_file);
    impl_->tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  impl_->Run();
}

Relay::~Relay() {
  impl_->io.stop();
  impl_->thread.join();
}

int Relay::port() const { return impl_->port; }

GatewayAddress Relay::Through(GatewayAddress address) const {
  const auto path = address.url.find('/', address.url.find("://") + 3);
  const std::string rest = path == std::string::npos ? "" : address.url.substr(path);
  const std::string scheme = impl_->tls ? "https" : "http";
  address.url = scheme + "://127.0.0.1:" + std::to_string(port()) + rest;
  return address;
}

void Relay::Cut() {
  impl_->OnThread([this] { impl_->End(false); });
}

void Relay::Reset() {
  impl_->OnThread([this] { impl_->End(true); });
}

void Relay::Stall() {
  impl_->OnThread([this] { impl_->stalled_to_gateway = impl_->stalled_to_client = true; });
}

void Relay::StallTowardsGateway() {
  impl_->OnThread([this] { impl_->stalled_to_gateway = true; });
}

void Relay::Resume() {
  impl_->OnThread([this] {
    impl_->stalled_to_gateway = impl_->stalled_to_client = false;
    impl_->Wake();
  });
}

void Relay::Refuse() {
  impl_->OnThread([this] { impl_->acceptor.close(); });
}

void Relay::Accept() {
  impl_->OnThread([this] { impl_->Listen(impl_->port); });
}

}  // namespace cellar
