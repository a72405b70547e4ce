#include "runner/gateway/gateway_http.h"

#include <fmt/format.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "jobs/error.h"
#include "runner/gateway/gateway_socket.h"
#include "runner/gateway/http_failure.h"
#include "runner/gateway/not_connected.h"
#include "runner/gateway/use_tuple.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr int kMostRetries = 3;
constexpr std::chrono::milliseconds kFirstDelay{100};
constexpr std::uint64_t kLargestAnswer = 256u << 20;

// An answer, or why there is none.
struct Outcome {
  HttpAnswer answer;
  std::string fault;     // empty: there is an answer
  bool passing = false;  // worth trying again at once
  bool connected = false;
};

HttpAnswer ToAnswer(http::response<http::string_body>&& response) {
  const auto field = [&](http::field name) { return std::string(response[name]); };
  HttpAnswer answer;
  answer.status = static_cast<int>(response.result_int());
  answer.reason = std::string(response.reason());
  if (answer.reason.empty()) answer.reason = std::string(http::obsolete_reason(response.result()));
  answer.content_type = field(http::field::content_type);
  answer.location = field(http::field::location);
  answer.server = field(http::field::server);
  answer.date = field(http::field::date);
  answer.retry_after = field(http::field::retry_after);
  answer.body = std::move(response.body());
  return answer;
}

// Why no answer came, in words where Beast's own are a parser's.
std::string WhyNone(const Peer& peer, const error_code& error) {
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message ||
                     error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  return "waiting for the answer: " +
         (ended ? "the " + peer.name + " ended the connection" : error.message());
}

// An answer that is taken as it comes.
struct Reading {
  explicit Reading(GatewaySocket& the_socket) : socket(the_socket) {
    parser.body_limit(boost::none);  // not eager: that waits for what comes behind a piece
  }

  bool HasSucceeded() { return parser.is_header_done() && parser.get().result_int() / 100 == 2; }
  std::string& body() { return parser.get().body(); }

  GatewaySocket& socket;
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  error_code error;
};

std::string NoneAfter(std::chrono::seconds limit) {
  return fmt::format("waiting for the answer: none after {} s", limit.count());
}

bool IsRepeatable(const HttpRequest& request) { return request.method != "POST"; }

}  // namespace

void RequireUsable(const GatewayAddress& address) { MakeTlsContext(address, UsableUrl(address)); }

struct GatewayHttp::Impl {
  Impl(asio::any_io_executor executor_given, GatewayAddress address_given)
      : executor(std::move(executor_given)),
        address(std::move(address_given)),
        url(UsableUrl(address)),
        tls_context(MakeTlsContext(address, url)) {}

  http::request<http::string_body> ToWire(const HttpRequest& request) const;
  asio::awaitable<Outcome> AskOnce(const HttpRequest& request);
  asio::awaitable<void> Write(GatewaySocket& socket, const HttpRequest& request,
                              error_code& error) const;
  asio::awaitable<void> Exchange(GatewaySocket& socket, const HttpRequest& request,
                                 Outcome& outcome) const;
  asio::awaitable<void> ReadSome(Reading& reading) const;
  asio::awaitable<std::string> ReadOn(Reading& reading, std::chrono::seconds limit) const;
  Error Unreachable(const HttpRequest& request, const std::string& fault) const;
  [[noreturn]] void ThrowFault(const HttpRequest& request, const Outcome& outcome) const;

  asio::any_io_executor executor;
  GatewayAddress address;
  Url url;
  TlsContext tls_context;
  bool has_answered = false;
};

http::request<http::string_body> GatewayHttp::Impl::ToWire(const HttpRequest& request) const {
  http::request<http::string_body> wire(http::string_to_verb(request.method),
                                        url.base + request.path, 11);
  wire.set(http::field::host, url.Authority());
  wire.set(http::field::user_agent, "cellar");
  wire.set(http::field::accept, "application/json");
  wire.set(http::field::connection, "close");
  if (!address.token.empty()) {
    wire.set(http::field::authorization, address.peer.token_scheme + " " + address.token);
  }
  if (!request.body.empty()) wire.set(http::field::content_type, "application/json");
  wire.body() = request.body;
  wire.prepare_payload();  // `Content-Length: 0` too, for a POST without a body
  return wire;
}

asio::awaitable<void> GatewayHttp::Impl::Write(GatewaySocket& socket, const HttpRequest& request,
                                               error_code& error) const {
  const auto wire = ToWire(request);
  const auto [write_error, size] = co_await http::async_write(socket, wire, kUseTuple);
  error = write_error;
}

asio::awaitable<void> GatewayHttp::Impl::Exchange(GatewaySocket& socket, const HttpRequest& request,
                                                  Outcome& outcome) const {
  error_code error;
  co_await Write(socket, request, error);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  if (!error) {
    const auto [read_error, size] = co_await http::async_read(socket, buffer, parser, kUseTuple);
    error = read_error;
  }
  if (error) {
    outcome.fault = WhyNone(address.peer, error);
    outcome.passing = error.category() == asio::error::get_system_category() ||
                      error == http::error::end_of_stream;
    co_return;
  }
  outcome.fault.clear();
  outcome.answer = ToAnswer(parser.release());
}

asio::awaitable<Outcome> GatewayHttp::Impl::AskOnce(const HttpRequest& request) {
  Outcome outcome;
  GatewaySocket socket(executor, tls_context, address.peer.whose_ca_file);
  if (const auto fault = co_await socket.Connect(url)) {
    outcome.fault = fault->what;
    outcome.passing = fault->passing;
    co_return outcome;
  }
  outcome.connected = true;
  if (!co_await WithTimeout(Exchange(socket, request, outcome), request.limit)) {
    outcome.fault = NoneAfter(request.limit);
    outcome.passing = false;
  }
  co_return outcome;
}

asio::awaitable<void> GatewayHttp::Impl::ReadSome(Reading& reading) const {
  const auto [error, size] =
      co_await http::async_read_some(reading.socket, reading.buffer, reading.parser, kUseTuple);
  reading.error = error;
}

// Returns why nothing more comes; empty: something came.
asio::awaitable<std::string> GatewayHttp::Impl::ReadOn(Reading& reading,
                                                       std::chrono::seconds limit) const {
  // The condition has a name: of `if (!co_await …) co_return …` g++ 12.2 makes an illegal
  // instruction.
  const bool is_in_time = co_await WithTimeout(ReadSome(reading), limit);
  std::string fault;
  if (!is_in_time) {
    fault = NoneAfter(limit);
  } else if (reading.error) {
    fault = WhyNone(address.peer, reading.error);
  } else if (reading.body().size() > kLargestAnswer) {
    fault = "the answer is too large";
  }
  co_return fault;
}

Error GatewayHttp::Impl::Unreachable(const HttpRequest& request, const std::string& fault) const {
  return Error(has_answered ? ErrorKind::kGatewayLost : ErrorKind::kGatewayUnreachable,
               GatewayMessage(address, request, fault));
}

void GatewayHttp::Impl::ThrowFault(const HttpRequest& request, const Outcome& outcome) const {
  const Error error = Unreachable(request, outcome.fault);
  if (!outcome.connected) throw NotConnected(error.kind(), error.what());
  throw Error(error);
}

GatewayHttp::GatewayHttp(asio::any_io_executor executor, GatewayAddress address)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(address))) {}

GatewayHttp::~GatewayHttp() = default;

const GatewayAddress& GatewayHttp::address() const { return impl_->address; }

asio::awaitable<HttpAnswer> GatewayHttp::Ask(HttpRequest request) {
  asio::steady_timer timer(impl_->executor);
  for (int retry = 0;; ++retry) {
    Outcome outcome = co_await impl_->AskOnce(request);
    if (outcome.fault.empty()) impl_->has_answered = true;
    const int status = outcome.answer.status;
    const bool passing =
        outcome.fault.empty() ? status == 502 || status == 503 || status == 504 : outcome.passing;
    if (!passing || !IsRepeatable(request) || retry == kMostRetries) {
      if (!outcome.fault.empty()) impl_->ThrowFault(request, outcome);
      co_return std::move(outcome.answer);
    }
    timer.expires_after(kFirstDelay * (1 << retry));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<HttpAnswer> GatewayHttp::Read(HttpRequest request, PieceTaker take) {
  GatewaySocket socket(impl_->executor, impl_->tls_context, impl_->address.peer.whose_ca_file);
  Outcome outcome;
  if (const auto fault = co_await socket.Connect(impl_->url)) {
    outcome.fault = fault->what;
    impl_->ThrowFault(request, outcome);
  }
  outcome.connected = true;
  Reading reading(socket);
  error_code error;
  const bool is_in_time = co_await WithTimeout(impl_->Write(socket, request, error), request.limit);
  if (!is_in_time) error = asio::error::timed_out;
  if (error) outcome.fault = "sending the request: " + error.message();
  bool is_wanted = true;
  while (outcome.fault.empty() && is_wanted && !reading.parser.is_done()) {
    outcome.fault = co_await impl_->ReadOn(reading, request.limit);
    if (!reading.HasSucceeded() || reading.body().empty()) continue;
    is_wanted = take(reading.body());
    reading.body().clear();
  }
  if (!outcome.fault.empty()) impl_->ThrowFault(request, outcome);
  impl_->has_answered = true;
  co_return ToAnswer(reading.parser.release());
}

asio::awaitable<void> GatewayHttp::Send(HttpRequest request) {
  GatewaySocket socket(impl_->executor, impl_->tls_context, impl_->address.peer.whose_ca_file);
  if (const auto fault = co_await socket.Connect(impl_->url)) {
    throw impl_->Unreachable(request, fault->what);
  }
  error_code error;
  if (!co_await WithTimeout(impl_->Write(socket, request, error), request.limit)) {
    error = asio::error::timed_out;
  }
  if (error) throw impl_->Unreachable(request, "sending the request: " + error.message());
  // A machine's own TCP has the bytes at once. Behind a proxy they must also get past it: it may
  // drop a request whose client is gone.
  constexpr std::chrono::milliseconds moment{50};
  if (impl_->url.IsLoopback() && socket.UnacknowledgedBytes() == 0) co_return;
  asio::steady_timer timer(impl_->executor, moment);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace cellar
