#include "runner/review/api/page_server.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "jobs/error.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/event_stream.h"
#include "runner/review/api/http_text.h"
#include "runner/review/api/listen_address.h"
#include "runner/review/api/page_files.h"
#include "runner/review/api/page_session.h"
#include "runner/review/api/part_route.h"
#include "runner/review/api/request_guard.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 16 * 1024 * 1024;
constexpr int kMostConnections = 200;
constexpr seconds kRequestTime(60);  // from the end of one request to the end of the next
constexpr std::chrono::minutes kAnswerTime(10);
constexpr milliseconds kLookInterval(150);  // as often as output is committed
constexpr seconds kHeartbeat(15);

std::string Field(const HttpRequest& request, std::string_view name) {
  return std::string(request[beast::string_view(name.data(), name.size())]);
}

std::optional<HttpTarget> TargetOf(const HttpRequest& request) {
  return ReadTarget(std::string_view(request.target().data(), request.target().size()));
}

/// The path is the one that is answered, decoded: "/%61pi/v1" is no way past the session.
GuardedRequest GuardedOf(const HttpRequest& request, const std::optional<HttpTarget>& target) {
  GuardedRequest guarded;
  guarded.method = std::string(request.method_string());
  if (target) {
    for (const std::string& segment : target->segments) guarded.path += "/" + segment;
  }
  guarded.host = Field(request, "Host");
  guarded.origin = Field(request, "Origin");
  guarded.fetch_site = Field(request, "Sec-Fetch-Site");
  guarded.fetch_mode = Field(request, "Sec-Fetch-Mode");
  guarded.fetch_dest = Field(request, "Sec-Fetch-Dest");
  guarded.authorization = Field(request, "Authorization");
  guarded.content_type = Field(request, "Content-Type");
  return guarded;
}

HttpResponse ResponseOf(ApiAnswer answer, unsigned version, bool is_head, bool keep_alive) {
  HttpResponse response(static_cast<http::status>(answer.status), version);
  response.set(http::field::content_type, answer.content_type);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
  response.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  response.content_length(answer.body.size());
  if (!is_head) response.body() = std::move(answer.body);
  return response;
}

bool AsksForEvents(const HttpTarget& target) {
  return target.segments.size() == 5 && target.segments[0] == "api" && target.segments[1] == "v1" &&
         target.segments[2] == "runs" && target.segments[4] == "events";
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
        acceptor(io),
        guard(Listen(), {session.secret}) {
    context.config = &config;
    context.store = &store;
    context.actions = settings.actions;
    context.scripts = settings.scripts;
    context.works = settings.works;
    context.gateway_state = [this](const std::string& name) { return StateOf(name); };
    context.part_url = [this](const PartAddress& part) { return parts.UrlOf(part); };
  }

  std::vector<std::string> Listen();
  std::pair<std::string, std::string> StateOf(const std::string& gateway);
  awaitable<void> Accept();
  awaitable<void> Serve(tcp::socket socket);
  awaitable<bool> Answer(beast::tcp_stream& stream, const HttpRequest& request,
                         const std::optional<HttpTarget>& target);
  awaitable<void> StreamEvents(beast::tcp_stream& stream, RunWatch watch);
  ApiAnswer AnswerTarget(const HttpTarget& target, const HttpRequest& request);
  std::optional<ApiAnswer> OpenEvents(const HttpTarget& target, const HttpRequest& request,
                                      std::optional<RunWatch>* watch);

  const Config config;
  const PageSettings settings;
  Store store;
  const PageSession session;
  const PartRoute parts;
  ApiContext context;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::string host;
  int port = 0;
  RequestGuard guard;
  std::mutex gateways_mutex;  // told by another thread
  std::vector<GatewayState> gateways;
  int connections = 0;
  std::thread thread;
};

/// Returns the names under which it may be asked.
std::vector<std::string> PageServer::Impl::Listen() {
  const ListenAddress at = ReadListenAddress(settings.listen, settings.allow_plaintext);
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
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error) {  // no file descriptor is left, at most: some client will go
      asio::steady_timer pause(io, milliseconds(100));
      co_await pause.async_wait(kTuple);
      continue;
    }
    if (connections >= kMostConnections) continue;
    ++connections;
    auto served = Serve(std::move(socket));
    asio::co_spawn(io, std::move(served), [this](const std::exception_ptr&) { --connections; });
  }
}

awaitable<void> PageServer::Impl::Serve(tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderLimit);
    parser.body_limit(kBodyLimit);
    stream.expires_after(kRequestTime);
    auto [error, size] = co_await http::async_read_header(stream, buffer, parser, kTuple);
    std::optional<HttpTarget> target;
    std::optional<ApiAnswer> refusal;
    // Who is not let in sends no body.
    if (!error) {
      target = TargetOf(parser.get());
      refusal = guard.Refuse(GuardedOf(parser.get(), target));
    }
    if (!error && !refusal) {
      std::tie(error, size) = co_await http::async_read(stream, buffer, parser, kTuple);
    }
    if (error == http::error::body_limit) {
      refusal = ApiError(413, "the request has more than 16 MiB");
    } else if (error == http::error::header_limit) {
      refusal = ApiError(431, "the request's header has more than 16 KiB");
    } else if (error) {
      co_return;
    }
    if (refusal) {
      const bool goes_on = !error && parser.is_done() && parser.get().keep_alive();
      const bool is_head = parser.get().method() == http::verb::head;
      const HttpResponse response = ResponseOf(*std::move(refusal), 11, is_head, goes_on);
      const auto [failure, written] = co_await http::async_write(stream, response, kTuple);
      if (failure || !goes_on) co_return;
      continue;
    }
    const HttpRequest request = parser.release();
    const bool goes_on = co_await Answer(stream, request, target);
    if (!goes_on) co_return;
  }
}

/// False: the connection ends here.
awaitable<bool> PageServer::Impl::Answer(beast::tcp_stream& stream, const HttpRequest& request,
                                         const std::optional<HttpTarget>& target) {
  std::optional<RunWatch> watch;
  std::optional<ApiAnswer> answer;
  if (!target) {
    answer = ApiError(400, "the address is not one, or names something twice");
  } else {
    if (AsksForEvents(*target)) answer = OpenEvents(*target, request, &watch);
    if (!answer && !watch) answer = AnswerTarget(*target, request);
  }
  if (watch) {
    RunWatch one = std::move(*watch);
    co_await StreamEvents(stream, std::move(one));
    co_return false;
  }
  stream.expires_after(kAnswerTime);
  HttpResponse response = ResponseOf(std::move(*answer), request.version(),
                                     request.method() == http::verb::head, request.keep_alive());
  http::response_serializer<http::string_body> serializer(response);
  if (request.method() == http::verb::head) {
    const auto [error, size] = co_await http::async_write_header(stream, serializer, kTuple);
    co_return !error && response.keep_alive();
  }
  const auto [error, size] = co_await http::async_write(stream, serializer, kTuple);
  co_return !error && response.keep_alive();
}

ApiAnswer PageServer::Impl::AnswerTarget(const HttpTarget& target, const HttpRequest& request) {
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
  asked.method =
      request.method() == http::verb::head ? "GET" : std::string(request.method_string());
  asked.path.assign(target.segments.begin() + 2, target.segments.end());
  asked.query = target.query;
  asked.body = request.body();
  return AnswerApi(context, asked);
}

/// What is wrong with the question; nullopt: `watch` is set.
std::optional<ApiAnswer> PageServer::Impl::OpenEvents(const HttpTarget& target,
                                                      const HttpRequest& request,
                                                      std::optional<RunWatch>* watch) {
  if (request.method() != http::verb::get) return ApiError(405, "events are for GET alone");
  std::string after = Field(request, "Last-Event-ID");
  bool only_run = false;
  for (const auto& [name, value] : target.query) {
    if (name == "after") {
      if (after.empty()) after = value;
    } else if (name == "only" && value == "run") {
      only_run = true;
    } else {
      return ApiError(400, "events take after=CURSOR and only=run");
    }
  }
  std::int64_t cursor = 0;
  const char* const end = after.data() + after.size();
  const auto read = std::from_chars(after.data(), end, cursor);
  if (!after.empty() && (read.ec != std::errc() || read.ptr != end || cursor < 0)) {
    return ApiError(400, "after: it is to be the id of an event, or a document's cursor");
  }
  try {
    const auto run = FindNamedRun(store, target.segments[3]);
    if (!run) return NoSuchRun(store, target.segments[3]);
    watch->emplace(context, run->id, cursor, only_run);
    return std::nullopt;
  } catch (const Error& error) {
    return ApiError(503, error.what());
  }
}

awaitable<void> PageServer::Impl::StreamEvents(beast::tcp_stream& stream, RunWatch watch) {
  std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n";
  auto told_at = std::chrono::steady_clock::now();
  asio::steady_timer pause(io);
  while (true) {
    try {
      text += watch.Next();
    } catch (const Error&) {  // the store is locked or gone: the client comes back
      co_return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (text.empty() && now - told_at >= kHeartbeat) text = ": still here\n\n";
    if (!text.empty()) {
      told_at = now;
      stream.expires_after(kRequestTime);
      const auto [error, size] = co_await asio::async_write(stream, asio::buffer(text), kTuple);
      if (error) co_return;
      text.clear();
    }
    if (watch.ended()) break;
    pause.expires_after(kLookInterval);
    co_await pause.async_wait(kTuple);
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
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
  return fmt::format("http://{}:{}/", is_v6 ? "[" + impl_->host + "]" : impl_->host, impl_->port);
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
