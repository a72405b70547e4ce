#include "runner/review/api/page_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <tuple>
#include <utility>

#include "jobs/error.h"
#include "runner/gateway/use_tuple.h"
#include "runner/review/api/page_socket.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 16 * 1024 * 1024;
constexpr seconds kRequestTime(60);  // from the end of one request to the end of the next
constexpr seconds kAnswerTime(600);
constexpr milliseconds kLookInterval(150);  // as often as output is committed
constexpr seconds kHeartbeat(15);
constexpr std::size_t kLargePiece = 64 * 1024;  // where so much came at once, more is there

using Parser = http::request_parser<http::string_body>;
using Head = http::response<http::empty_body>;

std::string Field(const Parser::value_type& request, std::string_view name) {
  return std::string(request[beast::string_view(name.data(), name.size())]);
}

/// The path is the one that is answered, decoded: "/%61pi/v1" is no way past the session.
PageRequest RequestOf(const Parser::value_type& request) {
  PageRequest read;
  read.target = ReadTarget(std::string_view(request.target().data(), request.target().size()));
  read.head.method = std::string(request.method_string());
  if (read.target) {
    for (const std::string& segment : read.target->segments) read.head.path += "/" + segment;
  }
  read.head.host = Field(request, "Host");
  read.head.origin = Field(request, "Origin");
  read.head.fetch_site = Field(request, "Sec-Fetch-Site");
  read.head.fetch_mode = Field(request, "Sec-Fetch-Mode");
  read.head.fetch_dest = Field(request, "Sec-Fetch-Dest");
  read.head.authorization = Field(request, "Authorization");
  read.head.content_type = Field(request, "Content-Type");
  read.last_event_id = Field(request, "Last-Event-ID");
  return read;
}

template <typename Message>
void SetHead(const ApiAnswer& answer, bool keep_alive, Message* response) {
  response->result(static_cast<unsigned>(answer.status));
  response->set(http::field::content_type, answer.content_type);
  response->set("X-Content-Type-Options", "nosniff");
  response->set("Referrer-Policy", "no-referrer");
  response->set("Cross-Origin-Resource-Policy", "same-origin");
  response->set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
  response->set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : answer.headers) response->set(name, value);
  response->keep_alive(keep_alive);
}

/// What a request asks of the connection.
struct Manner {
  unsigned version = 11;
  bool is_head = false;     // without the body
  bool keep_alive = false;  // afterwards
};

}  // namespace

struct PageConnection::Impl {
  Impl(asio::ip::tcp::socket the_socket, asio::ssl::context* tls, const PageHandler& the_handler)
      : socket(std::move(the_socket), tls), handler(the_handler) {}

  awaitable<bool> ServeOne();
  awaitable<bool> Send(ApiAnswer& answer, const Manner& manner);
  awaitable<bool> SendStream(ApiAnswer& answer, const Manner& manner);
  awaitable<bool> SendPiece(const std::string& piece, bool is_chunked);
  awaitable<bool> SendPieces(AnswerStream& stream, bool is_chunked);

  PageSocket socket;
  const PageHandler& handler;
  beast::flat_buffer buffer;
  std::optional<Clock::time_point> waiting_since = Clock::now();
};

/// False: the connection ends here.
awaitable<bool> PageConnection::Impl::ServeOne() {
  Parser parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  waiting_since = Clock::now();
  socket.ExpireAfter(kRequestTime);
  auto [error, size] = co_await http::async_read_header(socket, buffer, parser, kUseTuple);
  PageRequest request;
  std::optional<ApiAnswer> answer;
  if (!error) {
    request = RequestOf(parser.get());
    answer = handler.refuse(request);
  }
  const bool has_body = !error && !parser.is_done();
  if (!answer && has_body && parser.get().method() != http::verb::post) {
    answer = ApiError(413, "only a POST may have a body");
  }
  if (!error && !answer) {
    std::tie(error, size) = co_await http::async_read(socket, buffer, parser, kUseTuple);
  }
  if (error == http::error::body_limit) {
    answer = ApiError(413, "the request has more than 16 MiB");
  } else if (error == http::error::header_limit) {
    answer = ApiError(431, "the request's header has more than 16 KiB");
  } else if (error) {
    co_return false;
  }
  waiting_since.reset();
  Manner manner;
  manner.version = parser.get().version();
  manner.is_head = parser.get().method() == http::verb::head;
  manner.keep_alive = !error && parser.is_done() && parser.get().keep_alive();
  if (!answer) {
    request.body = std::move(parser.get().body());
    answer = handler.answer(request);
  }
  const bool goes_on = co_await Send(*answer, manner);
  if (!goes_on) {
    waiting_since = Clock::now();
    co_await socket.Finish();
  }
  co_return goes_on;
}

awaitable<bool> PageConnection::Impl::Send(ApiAnswer& answer, const Manner& manner) {
  if (answer.stream) co_return co_await SendStream(answer, manner);
  http::response<http::string_body> response;
  response.version(manner.version);
  SetHead(answer, manner.keep_alive, &response);
  response.content_length(answer.body.size());
  if (!manner.is_head) response.body() = std::move(answer.body);
  socket.ExpireAfter(kAnswerTime);
  waiting_since = Clock::now();
  const auto [error, size] = co_await http::async_write(socket, response, kUseTuple);
  co_return !error && manner.keep_alive;
}

/// Before HTTP/1.1 an answer of unknown length ends with its connection.
awaitable<bool> PageConnection::Impl::SendStream(ApiAnswer& answer, const Manner& manner) {
  const bool is_chunked = manner.version >= 11;
  const bool keep_alive = manner.keep_alive && is_chunked;
  Head response;
  response.version(manner.version);
  SetHead(answer, keep_alive, &response);
  if (is_chunked) response.chunked(true);
  http::response_serializer<http::empty_body> serializer(response);
  socket.ExpireAfter(kAnswerTime);
  waiting_since = Clock::now();
  const auto [error, size] = co_await http::async_write_header(socket, serializer, kUseTuple);
  if (error) co_return false;
  bool is_whole = true;
  if (!manner.is_head) is_whole = co_await SendPieces(*answer.stream, is_chunked);
  if (!is_whole) {
    socket.Reset();  // so that nobody takes for whole what broke off
    co_return false;
  }
  co_return keep_alive;
}

awaitable<bool> PageConnection::Impl::SendPiece(const std::string& piece, bool is_chunked) {
  socket.ExpireAfter(kAnswerTime);
  waiting_since = Clock::now();
  const auto bytes = asio::buffer(piece);
  if (!is_chunked) {
    const auto [error, size] = co_await asio::async_write(socket, bytes, kUseTuple);
    co_return !error;
  }
  const auto chunk = http::make_chunk(bytes);
  const auto [error, size] = co_await asio::async_write(socket, chunk, kUseTuple);
  co_return !error;
}

awaitable<bool> PageConnection::Impl::SendPieces(AnswerStream& stream, bool is_chunked) {
  asio::steady_timer pause(socket.get_executor());
  auto told_at = Clock::now();
  while (!stream.ended()) {
    std::string piece;
    try {
      piece = stream.Next();
    } catch (const Error&) {  // the store is locked or gone: the client comes back
      co_return false;
    }
    const bool has_more = piece.size() >= kLargePiece;
    if (piece.empty() && Clock::now() - told_at >= kHeartbeat) piece = stream.heartbeat();
    if (!piece.empty()) {
      told_at = Clock::now();
      const bool is_sent = co_await SendPiece(piece, is_chunked);
      if (!is_sent) co_return false;
    }
    waiting_since.reset();
    if (stream.ended() || has_more) continue;
    pause.expires_after(kLookInterval);
    co_await pause.async_wait(kUseTuple);
  }
  if (!is_chunked) co_return true;
  const auto last = http::make_chunk_last();
  const auto [error, size] = co_await asio::async_write(socket, last, kUseTuple);
  co_return !error;
}

PageConnection::PageConnection(asio::ip::tcp::socket socket, asio::ssl::context* tls,
                               const PageHandler& handler)
    : impl_(std::make_unique<Impl>(std::move(socket), tls, handler)) {}

PageConnection::~PageConnection() = default;

awaitable<void> PageConnection::Serve() {
  // The condition has a name: of `while (co_await …)` g++ 12.2 makes an illegal instruction.
  bool goes_on = co_await impl_->socket.ShakeHands();
  while (goes_on) goes_on = co_await impl_->ServeOne();
}

std::optional<PageConnection::Clock::time_point> PageConnection::waiting_since() const {
  return impl_->waiting_since;
}

void PageConnection::Close() { impl_->socket.Close(); }

}  // namespace cellar
