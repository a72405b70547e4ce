#include "tests/support/fake_server.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>
#include <thread>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_routes.h"

namespace cellar {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;

namespace {

using WireRequest = http::request<http::string_body>;
using WireResponse = http::response<http::string_body>;
using WebSocket = websocket::stream<beast::tcp_stream>;
using SocketPointer = std::shared_ptr<FakeSocket>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr const char* kV1Protocol = "v1.kernel.websocket.jupyter.org";
constexpr std::size_t kTornadoMessageLimit = 10 << 20;  // websocket_max_message_size
constexpr std::size_t kBodyLimit = 100 << 20;

std::string HttpDate(int offset_seconds) {
  const auto shown = std::time(nullptr) + offset_seconds;
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(shown));
}

RecordedRequest Record(const WireRequest& request, const std::string& base_path) {
  RecordedRequest record;
  record.method = std::string(request.method_string());
  const std::string target(request.target());
  const auto query = target.find('?');
  record.path = target.substr(0, query);
  if (query != std::string::npos) record.query = target.substr(query + 1);
  if (record.path.starts_with(base_path)) record.path.erase(0, base_path.size() - 1);
  record.route = RouteName(record.method, record.path);
  for (const auto& field : request) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    record.headers[name] = std::string(field.value());
  }
  record.body = request.body();
  return record;
}

std::string SessionIdIn(const std::string& query) {
  const std::string key = "session_id=";
  const auto at = query.find(key);
  if (at == std::string::npos) return MakeUuid();
  return query.substr(at + key.size(), query.find('&', at) - at - key.size());
}

WireResponse Respond(const FakeAnswer& answer, const WireRequest& request, int clock_offset) {
  WireResponse response(static_cast<http::status>(answer.status), request.version());
  response.set(http::field::server, "TornadoServer/6.2");
  response.set(http::field::date, HttpDate(clock_offset));
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  if (answer.status != 204) {
    response.set(http::field::content_type, answer.content_type);
    response.body() = answer.body;
  }
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  return response;
}

/// A frame as RFC 6455 writes it, for a client that has closed its side and still reads: tornado
/// has written what came before it noticed, Beast writes nothing more.
std::string Framed(const FakeFrame& frame) {
  const std::size_t size = frame.bytes.size();
  const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  std::string bytes;
  bytes += static_cast<char>(frame.is_text ? 0x81 : 0x82);
  bytes += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127);
  for (int i = length_bytes - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i));
  return bytes + frame.bytes;
}

}  // namespace

struct FakeServer::Impl {
  explicit Impl(FakeWorld& the_world)
      : world(the_world), routes(the_world), acceptor(io), change(io) {
    change.expires_at(asio::steady_timer::time_point::max());
  }

  void Listen(int port);
  void Wake();
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(tcp::socket socket);
  asio::awaitable<bool> Answer(beast::tcp_stream& stream, const WireRequest& request,
                               const RecordedRequest& record);
  asio::awaitable<void> ServeChannels(beast::tcp_stream stream, WireRequest request,
                                      RecordedRequest record);
  void Prepare(WebSocket& web, bool v1);
  asio::awaitable<void> Read(WebSocket& stream, SocketPointer socket, std::string kernel_id);
  asio::awaitable<void> Write(WebSocket& stream, SocketPointer socket);
  asio::awaitable<bool> TakeStep(WebSocket& stream, FakeSocket& socket,
                                 FakeSocket::Outgoing outgoing);
  asio::awaitable<void> Change();
  asio::awaitable<void> WhileHeld(const std::string& route);
  std::optional<FakeSocket::Outgoing> NextStep(FakeSocket& socket);
  bool Take(const std::string& frame, bool is_text, const FakeSocket& socket,
            const std::string& kernel_id);
  bool LosesAnswer(const std::string& route);

  FakeWorld& world;
  FakeRoutes routes;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> while_deaf{io.get_executor()};
  tcp::acceptor acceptor;
  asio::steady_timer change;  // cancelled at every change of the world: whoever waits looks again
  std::atomic<bool> woken{false};
  int port = 0;
  std::thread thread;
};

void FakeServer::Impl::Listen(int wanted) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(),
                               static_cast<asio::ip::port_type>(wanted));
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  if (wanted == 0) port = acceptor.local_endpoint().port();
  asio::co_spawn(io, Accept(), asio::detached);
}

void FakeServer::Impl::Wake() {
  if (woken.exchange(true)) return;
  asio::post(io, [this] {
    woken = false;
    change.cancel();
  });
}

asio::awaitable<void> FakeServer::Impl::Change() { co_await change.async_wait(kTuple); }

asio::awaitable<void> FakeServer::Impl::Accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error) co_return;
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(io, Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> FakeServer::Impl::Serve(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kBodyLimit);
    const auto [error, size] = co_await http::async_read(stream, buffer, parser, kTuple);
    if (error) co_return;
    WireRequest request = parser.release();
    RecordedRequest record = Record(request, world.options.base_path);
    {
      const std::lock_guard lock(world.mutex);
      world.requests.push_back(record);
      world.Notify();
    }
    if (websocket::is_upgrade(request)) {
      co_await ServeChannels(std::move(stream), std::move(request), std::move(record));
      co_return;
    }
    const bool goes_on = co_await Answer(stream, request, record);
    if (!goes_on) co_return;
  }
}

asio::awaitable<void> FakeServer::Impl::WhileHeld(const std::string& route) {
  while (true) {
    {
      const std::lock_guard lock(world.mutex);
      if (world.held.count(route) == 0) co_return;
    }
    co_await Change();
  }
}

bool FakeServer::Impl::LosesAnswer(const std::string& route) {
  const auto lost = world.lost_answers.find(route);
  return lost != world.lost_answers.end() && lost->second-- > 0;
}

// False: the connection ends here.
asio::awaitable<bool> FakeServer::Impl::Answer(beast::tcp_stream& stream,
                                               const WireRequest& request,
                                               const RecordedRequest& record) {
  FakeAnswer answer;
  bool lost = false;
  {
    const std::lock_guard lock(world.mutex);
    answer = routes.Answer(record);
    lost = LosesAnswer(record.route);
  }
  while (answer.ready) {
    {
      const std::lock_guard lock(world.mutex);
      if (answer.ready(answer)) break;
    }
    co_await Change();
  }
  co_await WhileHeld(record.route);
  if (lost) co_return false;
  const WireResponse response = Respond(answer, request, world.options.clock_offset_seconds);
  const auto [error, size] = co_await http::async_write(stream, response, kTuple);
  co_return !error && response.keep_alive();
}

asio::awaitable<void> FakeServer::Impl::ServeChannels(beast::tcp_stream stream, WireRequest request,
                                                      RecordedRequest record) {
  co_await WhileHeld(record.route);
  const auto offered = request[http::field::sec_websocket_protocol];
  const auto socket = std::make_shared<FakeSocket>();
  socket->session_id = SessionIdIn(record.query);
  socket->v1 = world.options.accepts_v1 && offered.find(kV1Protocol) != offered.npos;
  FakeAnswer answer;
  std::string kernel_id;
  {
    const std::lock_guard lock(world.mutex);
    answer = routes.Handshake(record);
    if (answer.status == 101) {
      FakeKernel* const kernel = routes.KernelOf(record);
      kernel_id = kernel->id();
      kernel->Attach(socket);  // before the client can know of it, so that a test need not wait
    }
  }
  if (answer.status != 101) {
    const WireResponse refusal = Respond(answer, request, world.options.clock_offset_seconds);
    co_await http::async_write(stream, refusal, kTuple);
    co_return;
  }
  WebSocket web(std::move(stream));
  Prepare(web, socket->v1);
  co_await web.async_accept(request, kTuple);  // if it fails, so does the first read
  using namespace asio::experimental::awaitable_operators;
  co_await (Read(web, socket, kernel_id) && Write(web, socket));
}

void FakeServer::Impl::Prepare(WebSocket& web, bool v1) {
  web.read_message_max(kTornadoMessageLimit);
  web.auto_fragment(false);
  web.set_option(websocket::stream_base::decorator([v1](websocket::response_type& response) {
    response.set(http::field::server, "TornadoServer/6.2");
    if (v1) response.set(http::field::sec_websocket_protocol, kV1Protocol);
  }));
  web.control_callback([this](websocket::frame_type type, beast::string_view) {
    if (type != websocket::frame_type::pong) return;
    const std::lock_guard lock(world.mutex);
    ++world.pongs;
    world.Notify();
  });
}

asio::awaitable<void> FakeServer::Impl::Read(WebSocket& stream, SocketPointer socket,
                                             std::string kernel_id) {
  beast::flat_buffer buffer;
  bool reads_on = false;
  while (true) {
    const auto [error, size] = co_await stream.async_read(buffer, kTuple);
    reads_on = error == asio::error::eof;
    if (error) break;
    const std::string frame = beast::buffers_to_string(buffer.data());
    buffer.consume(buffer.size());
    if (Take(frame, stream.got_text(), *socket, kernel_id)) continue;
    beast::get_lowest_layer(stream).socket().close();  // as tornado: no close frame
    break;
  }
  const std::lock_guard lock(world.mutex);
  if (socket->stalled) co_return;  // the server still believes in it
  if (!reads_on) socket->outbox.clear();
  socket->ended = true;
  const auto kernel = world.kernels.find(kernel_id);
  if (kernel != world.kernels.end()) kernel->second->Detach(socket);
  world.Notify();
}

// False: the server would drop the connection over this frame.
bool FakeServer::Impl::Take(const std::string& frame, bool is_text, const FakeSocket& socket,
                            const std::string& kernel_id) {
  auto request = DecodeFakeRequest(frame, is_text, socket.v1);
  if (!request) return false;
  const std::lock_guard lock(world.mutex);
  if (request->channel != "shell" && request->channel != "control" && request->channel != "stdin") {
    return true;
  }
  request->session_id = socket.session_id;
  if (request->type() == "execute_request") {
    world.cells.push_back(
        {kernel_id, request->id(), socket.session_id, request->content.value("code", "")});
    world.Notify();
    if (world.cells_to_lose > 0 && world.cells_to_lose-- > 0) return true;
  }
  const auto kernel = world.kernels.find(kernel_id);
  if (kernel != world.kernels.end()) kernel->second->Receive(std::move(*request));
  return true;
}

std::optional<FakeSocket::Outgoing> FakeServer::Impl::NextStep(FakeSocket& socket) {
  const std::lock_guard lock(world.mutex);
  if (socket.outbox.empty()) return std::nullopt;
  FakeSocket::Outgoing step = std::move(socket.outbox.front());
  socket.outbox.pop_front();
  return step;
}

asio::awaitable<void> FakeServer::Impl::Write(WebSocket& stream, SocketPointer socket) {
  while (true) {
    auto step = NextStep(*socket);
    if (step) {
      const bool goes_on = co_await TakeStep(stream, *socket, std::move(*step));
      if (!goes_on) break;
      continue;
    }
    {
      const std::lock_guard lock(world.mutex);
      if (socket->ended) co_return;
    }
    co_await Change();
  }
  while (socket->stalled) co_await Change();  // holds the connection open for good
}

// False: nothing can be written any more.
asio::awaitable<bool> FakeServer::Impl::TakeStep(WebSocket& stream, FakeSocket& socket,
                                                 FakeSocket::Outgoing outgoing) {
  auto& tcp_socket = beast::get_lowest_layer(stream).socket();
  beast::error_code error;
  switch (outgoing.step) {
    case FakeSocket::Step::kFrame: {
      if (!stream.is_open()) {
        const std::string bytes = Framed(outgoing.frame);
        const auto [failure, size] =
            co_await asio::async_write(tcp_socket, asio::buffer(bytes), kTuple);
        co_return !failure;
      }
      stream.text(outgoing.frame.is_text);
      const auto [failure, size] = co_await stream.async_write_some(
          outgoing.frame.is_last, asio::buffer(outgoing.frame.bytes), kTuple);
      // Sent, but the client has closed its side meanwhile: Beast says that it was aborted.
      co_return !failure || (failure == asio::error::operation_aborted && !stream.is_open());
    }
    case FakeSocket::Step::kPing: {
      const websocket::ping_data nothing;
      const auto [failure] = co_await stream.async_ping(nothing, kTuple);
      co_return !failure;
    }
    case FakeSocket::Step::kClose: {
      websocket::close_reason reason;
      reason.code = static_cast<std::uint16_t>(outgoing.close_code);
      co_await stream.async_close(reason, kTuple);
      co_return false;
    }
    case FakeSocket::Step::kReset:
      tcp_socket.set_option(asio::socket_base::linger(true, 0), error);
      [[fallthrough]];
    case FakeSocket::Step::kCut:
      tcp_socket.close(error);
      co_return false;
    case FakeSocket::Step::kStall: {
      const std::lock_guard lock(world.mutex);
      socket.stalled = true;
      tcp_socket.cancel(error);
      co_return false;
    }
  }
  co_return false;
}

FakeServer::FakeServer(FakeWorld& world) : impl_(std::make_unique<Impl>(world)) {
  impl_->Listen(0);
  world.wake_server = [impl = impl_.get()] { impl->Wake(); };
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

FakeServer::~FakeServer() {
  {
    const std::lock_guard lock(impl_->world.mutex);
    impl_->world.wake_server = [] {};
  }
  impl_->io.stop();
  impl_->thread.join();
}

int FakeServer::port() const { return impl_->port; }

void FakeServer::StopListening() {
  asio::post(impl_->io, asio::use_future([impl = impl_.get()] { impl->acceptor.close(); })).get();
}

void FakeServer::Listen() {
  asio::post(impl_->io, asio::use_future([impl = impl_.get()] { impl->Listen(impl->port); })).get();
}

}  // namespace cellar
