#include "runner/cli/remote_server.h"

#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/json_text.h"
#include "runner/gateway/gateway_http.h"
#include "runner/gateway/http_failure.h"
#include "runner/gateway/not_connected.h"
#include "runner/gateway/url.h"
#include "runner/review/json_dump.h"

namespace cellar {

namespace asio = boost::asio;
using Json = nlohmann::ordered_json;
using asio::awaitable;

namespace {

constexpr int kDeepestAnswer = 1000;
constexpr std::chrono::seconds kAnswerLimit(120);  // a page of ours answers in one go
constexpr std::chrono::seconds kPieceLimit(120);   // eight times the heartbeat

HttpRequest RequestFor(std::string method, const std::string& path, std::string body = "") {
  return {std::move(method), "/api/v1" + path, std::move(body), kAnswerLimit};
}

/// discarded: it is no JSON.
Json ParseAnswer(const std::string& text) {
  if (FindTooDeep(text, kDeepestAnswer)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

/// What a Cellar says of a refusal; empty: no Cellar said it.
std::string WordsIn(const HttpAnswer& answer) {
  const Json json = ParseAnswer(answer.body);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_object()) return "";
  return json["error"].value("message", "");
}

/// The failure that an answer is, and what to do about it.
Error ServerFailure(const GatewayAddress& address, const HttpRequest& request,
                    const HttpAnswer& answer) {
  const std::string words = WordsIn(answer);
  const std::string who = fmt::format("{} {}: ", address.peer.name, address.Label());
  const std::string what =
      GatewayMessage(address, request, fmt::format("{} {}", answer.status, answer.reason));
  if (answer.status == 401) {
    return Error(ErrorKind::kUsage,
                 what + fmt::format(": is the token in {} the server's? It is in the file that the "
                                    "server's log names, or that its --token-file does",
                                    address.token_hint));
  }
  if (answer.status == 503 && !words.empty()) return Error(ErrorKind::kStore, who + words);
  if (answer.status >= 500) {
    const std::string said = words.empty() ? "" : ": " + words;
    return Error(ErrorKind::kGatewayUnreachable,
                 what + said + ": is `cellar serve` running there? Its log says more");
  }
  if (!words.empty()) return Error(ErrorKind::kUsage, who + words);
  if (answer.status / 100 == 3) {
    return Error(ErrorKind::kUsage, what + " to " + answer.location +
                                        ": the token is not taken there: give the final URL");
  }
  return Error(ErrorKind::kUsage, what + ": no Cellar answers there: is the URL right?");
}

}  // namespace

std::string ApiPath(const std::vector<std::string>& segments, const ApiQuery& query) {
  std::string path;
  for (const std::string& segment : segments) path += "/" + PercentEncode(segment);
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator + name + "=" + PercentEncode(value);
    separator = '&';
  }
  return path;
}

ApiQuery LookOf(const Output& out) {
  return {{"columns", std::to_string(out.columns())},
          {"colours", out.colours() ? "true" : "false"}};
}

struct RemoteServer::Impl {
  explicit Impl(GatewayAddress the_address)
      : address(the_address), http(io.get_executor(), std::move(the_address)) {}

  awaitable<void> Ask(HttpRequest request, HttpAnswer* answer) {
    *answer = co_await http.Ask(std::move(request));
  }
  void RunToEnd(awaitable<void> work);
  HttpAnswer AskNow(const HttpRequest& request);
  Json JsonOf(const HttpRequest& request, const HttpAnswer& answer) const;

  asio::io_context io{1};
  GatewayAddress address;
  GatewayHttp http;
};

void RemoteServer::Impl::RunToEnd(awaitable<void> work) {
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown) { failure = thrown; });
  io.restart();
  io.run();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const NotConnected& error) {
    const std::string what = error.what();
    if (what.ends_with('?')) throw;
    throw NotConnected(error.kind(), what + "; is `cellar serve` running there?");
  }
}

HttpAnswer RemoteServer::Impl::AskNow(const HttpRequest& request) {
  HttpAnswer answer;
  RunToEnd(Ask(request, &answer));
  return answer;
}

Json RemoteServer::Impl::JsonOf(const HttpRequest& request, const HttpAnswer& answer) const {
  if (!answer.ok()) throw ServerFailure(address, request, answer);
  Json json = ParseAnswer(answer.body);
  if (json.is_object()) return json;
  throw Error(ErrorKind::kUsage,
              GatewayMessage(address, request, "no Cellar answers there: is the URL right?"));
}

RemoteServer::RemoteServer(GatewayAddress address)
    : impl_(std::make_unique<Impl>(std::move(address))) {}

RemoteServer::~RemoteServer() = default;

std::string RemoteServer::Prefix() const {
  return fmt::format("{} {}: ", impl_->address.peer.name, impl_->address.Label());
}

void RemoteServer::Check(const HttpRequest& request, const HttpAnswer& answer) const {
  if (!answer.ok()) throw ServerFailure(impl_->address, request, answer);
}

Json RemoteServer::Get(const std::string& path) {
  const HttpRequest request = RequestFor("GET", path);
  return impl_->JsonOf(request, impl_->AskNow(request));
}

Json RemoteServer::Post(const std::string& path, const Json& body) {
  return impl_->JsonOf(RequestFor("POST", path), PostAny(path, body));
}

HttpAnswer RemoteServer::PostAny(const std::string& path, const Json& body) {
  try {
    return impl_->AskNow(RequestFor("POST", path, DumpJson(body)));
  } catch (const NotConnected&) {
    throw;
  } catch (const Error& error) {
    throw Error(error.kind(), std::string(error.what()) +
                                  "; it may have been done all the same: `cellar runs` tells");
  }
}

void RemoteServer::Read(const std::string& path, const TextSink& sink) {
  const auto take = [&](std::string_view piece) {
    sink(piece);
    return true;
  };
  impl_->RunToEnd(ReadMeanwhile(path, take));
}

awaitable<Json> RemoteServer::GetMeanwhile(std::string path) {
  const HttpRequest request = RequestFor("GET", path);
  const HttpAnswer answer = co_await impl_->http.Ask(request);
  co_return impl_->JsonOf(request, answer);
}

awaitable<void> RemoteServer::ReadMeanwhile(std::string path,
                                            std::function<bool(std::string_view)> take) {
  HttpRequest request = RequestFor("GET", path);
  request.limit = kPieceLimit;
  const HttpAnswer answer = co_await impl_->http.Read(request, std::move(take));
  Check(request, answer);
}

std::optional<Interruption> RemoteServer::Run(awaitable<void> work,
                                              std::optional<std::chrono::milliseconds> limit) {
  std::optional<Interruption> interruption;
  std::exception_ptr failure;
  asio::cancellation_signal stop;
  asio::signal_set signals(impl_->io, SIGINT, SIGTERM);
  asio::steady_timer timer(impl_->io);
  const auto interrupt = [&](const boost::system::error_code& error, int signal) {
    if (error || interruption) return;
    interruption = Interruption{signal};
    stop.emit(asio::cancellation_type::terminal);
  };
  const auto end = [&](const std::exception_ptr& thrown) {
    failure = thrown;
    signals.cancel();
    timer.cancel();
  };
  asio::co_spawn(impl_->io, std::move(work), asio::bind_cancellation_slot(stop.slot(), end));
  signals.async_wait(interrupt);
  if (limit) {
    timer.expires_after(*limit);
    timer.async_wait([&](const boost::system::error_code& error) { interrupt(error, 0); });
  }
  impl_->io.restart();
  impl_->io.run();
  if (failure && !interruption) std::rethrow_exception(failure);
  return interruption;
}

}  // namespace cellar
