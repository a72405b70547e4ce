#include "runner/review/api/page_server.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "jobs/error.h"
#include "runner/gateway/use_tuple.h"
#include "runner/review/api/api.h"
#include "runner/review/api/listen_address.h"
#include "runner/review/api/page_connection.h"
#include "runner/review/api/page_files.h"
#include "runner/review/api/page_session.h"
#include "runner/review/api/page_tls.h"
#include "runner/review/api/part_route.h"
#include "runner/review/api/request_guard.h"
#include "runner/review/api/token_file.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr std::size_t kMostConnections = 200;

/// Whoever knows one of them is let in.
std::vector<std::string> SecretsOf(const PageSession& session, const PageSettings& settings) {
  std::vector<std::string> secrets{session.secret};
  if (!settings.token_file.empty()) secrets.push_back(ReadTokenFile(settings.token_file));
  return secrets;
}

}  // namespace

struct PageServer::Impl {
  Impl(const Config& the_config, const PageSettings& the_settings)
      : config(the_config),
        settings(the_settings),
        store(Store::Open(config.store,
                          settings.actions ? StoreMode::kReadWrite : StoreMode::kReadOnly)),
        session(SessionOf(config.store, settings.actions)),
        parts(session.secret),
        tls(MakePageTls(settings.tls_certificate, settings.tls_key)),
        acceptor(io),
        guard(Listen(), SecretsOf(session, settings)) {
    context.config = &config;
    context.store = &store;
    context.actions = settings.actions;
    context.scripts = settings.scripts;
    context.works = settings.works;
    context.gateway_state = [this](const std::string& name) { return StateOf(name); };
    context.part_url = [this](const PartAddress& part) { return parts.UrlOf(part); };
    handler.refuse = [this](const PageRequest& request) { return guard.Refuse(request.head); };
    handler.answer = [this](const PageRequest& request) { return Answer(request); };
  }

  std::vector<std::string> Listen();
  std::pair<std::string, std::string> StateOf(const std::string& gateway);
  awaitable<void> Accept();
  awaitable<void> Serve(tcp::socket socket);
  void MakeRoom();
  ApiAnswer Answer(const PageRequest& request);

  const Config config;
  const PageSettings settings;
  Store store;
  const PageSession session;
  const PartRoute parts;
  ApiContext context;
  PageHandler handler;
  std::unique_ptr<asio::ssl::context> tls;
  std::list<PageConnection*> connections;  // outlives `io`, in which they end
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::string host;
  int port = 0;
  RequestGuard guard;
  std::mutex gateways_mutex;  // told by another thread
  std::vector<GatewayState> gateways;
  std::thread thread;
};

/// Returns the names under which it may be asked.
std::vector<std::string> PageServer::Impl::Listen() {
  const bool may_be_elsewhere = settings.allow_plaintext || tls != nullptr;
  const ListenAddress at = ReadListenAddress(settings.listen, may_be_elsewhere);
  host = at.host;
  boost::system::error_code error;
  acceptor.open(at.endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at.endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) RefuseListening(settings.listen, error.message());
  port = acceptor.local_endpoint().port();
  std::vector<std::string> hosts = settings.hosts;
  hosts.push_back(host);
  return hosts;
}

std::pair<std::string, std::string> PageServer::Impl::StateOf(const std::string& gateway) {
  const std::lock_guard lock(gateways_mutex);
  for (const GatewayState& one : gateways) {
    if (one.name == gateway) return {one.state, one.note};
  }
  return {"unknown", ""};
}

awaitable<void> PageServer::Impl::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(kUseTuple);
    if (error) {  // no file descriptor is left, at most: some client will go
      asio::steady_timer pause(io, milliseconds(100));
      co_await pause.async_wait(kUseTuple);
      continue;
    }
    auto served = Serve(std::move(socket));
    asio::co_spawn(io, std::move(served), asio::detached);
  }
}

/// Whoever has kept us waiting longest goes: idle or slow clients lock out nobody.
void PageServer::Impl::MakeRoom() {
  PageConnection* longest = nullptr;
  for (PageConnection* one : connections) {
    const auto since = one->waiting_since();
    if (since && (longest == nullptr || *since < *longest->waiting_since())) longest = one;
  }
  if (longest == nullptr) return;
  longest->Close();
  connections.remove(longest);
}

awaitable<void> PageServer::Impl::Serve(tcp::socket socket) {
  if (connections.size() >= kMostConnections) MakeRoom();
  if (connections.size() >= kMostConnections) co_return;  // all of them are being answered
  PageConnection connection(std::move(socket), tls.get(), handler);
  connections.push_back(&connection);
  try {
    co_await connection.Serve();
  } catch (const std::exception&) {  // of this connection alone
  }
  connections.remove(&connection);
}

ApiAnswer PageServer::Impl::Answer(const PageRequest& request) {
  if (!request.target) return ApiError(400, "the address is not one");
  const HttpTarget& target = *request.target;
  const bool is_api =
      target.segments.size() > 2 && target.segments[0] == "api" && target.segments[1] == "v1";
  if (target.segments[0] == "parts") {
    try {
      return parts.Answer(context, target.segments, target.query);
    } catch (const Error& error) {
      return ApiError(503, error.what());
    }
  }
  if (!is_api) return AnswerFile(target.path);
  if (target.path == "/api/v1/openapi.json") return AnswerOpenApi();
  ApiRequest asked;
  asked.method = request.head.method == "HEAD" ? "GET" : request.head.method;
  asked.path.assign(target.segments.begin() + 2, target.segments.end());
  asked.query = target.query;
  asked.body = request.body;
  asked.last_event_id = request.last_event_id;
  return AnswerApi(context, asked);
}

PageServer::PageServer(const Config& config, const PageSettings& settings)
    : impl_(std::make_unique<Impl>(config, settings)) {
  auto accepting = impl_->Accept();
  asio::co_spawn(impl_->io, std::move(accepting), asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

PageServer::~PageServer() {
  impl_->io.stop();
  impl_->thread.join();
}

std::string PageServer::address() const {
  const bool is_v6 = impl_->host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}/", impl_->tls ? "https" : "http",
                     is_v6 ? "[" + impl_->host + "]" : impl_->host, impl_->port);
}

std::string PageServer::address_with_session() const {
  return address() + "#session=" + impl_->session.secret;
}

void PageServer::SetGatewayStates(std::vector<GatewayState> states) {
  const std::lock_guard lock(impl_->gateways_mutex);
  impl_->gateways = std::move(states);
}

std::string PageServer::session_file() const { return impl_->session.file.string(); }

}  // namespace cellar
