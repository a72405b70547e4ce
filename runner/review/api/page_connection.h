// One connection of a client of the page's server: requests in, answers out, HTTP/1.1. Who may ask
// and what is answered is decided elsewhere.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runner/review/api/api.h"
#include "runner/review/api/http_text.h"
#include "runner/review/api/request_guard.h"

namespace cellar {

struct PageRequest {
  GuardedRequest head;
  std::optional<HttpTarget> target;  // nullopt: the address is none
  std::string last_event_id;
  std::string body;
};

struct PageHandler {
  /// Asked before the body is read, which a stranger need not send. nullopt: it may pass.
  std::function<std::optional<ApiAnswer>(const PageRequest& request)> refuse;
  std::function<ApiAnswer(const PageRequest& request)> answer;
};

class PageConnection {
 public:
  using Clock = std::chrono::steady_clock;

  /// `tls`: nullptr: there is none. It and `handler` must outlive this.
  PageConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                 const PageHandler& handler);
  ~PageConnection();

  /// To its end.
  boost::asio::awaitable<void> Serve();

  /// Since when the client has owed something: a request, the rest of one, or that it takes what it
  /// is sent. nullopt: it is being answered.
  std::optional<Clock::time_point> waiting_since() const;
  /// Ends it, whatever is under way.
  void Close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
