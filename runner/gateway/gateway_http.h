// HTTP requests to one gateway: each on a connection of its own, with the token in a header and
// never in a URL; redirects are not followed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "runner/gateway/address.h"
#include "runner/gateway/http_message.h"

namespace cellar {

/// Throws Error kUsage: the URL or a file of the address cannot be used, or the token would travel
/// in the clear.
void RequireUsable(const GatewayAddress& address);

class GatewayHttp {
 public:
  /// Throws Error kUsage as RequireUsable.
  GatewayHttp(boost::asio::any_io_executor executor, GatewayAddress address);
  ~GatewayHttp();

  const GatewayAddress& address() const;

  /// The answer, whatever its status. GET and DELETE are tried again after 502, 503, 504 and
  /// connections that failed (0.1, 0.2, 0.4 s apart); POST never. Throws Error
  /// kGatewayUnreachable, or kGatewayLost once the gateway has answered before, with the phase
  /// named; as NotConnected when nothing can have arrived.
  boost::asio::awaitable<HttpAnswer> Ask(HttpRequest request);

  /// Takes a piece of an answer; false: no more is wanted.
  using PieceTaker = std::function<bool(std::string_view piece)>;

  /// An answer that is long, or comes as long as something lasts: the body of a 2xx goes to `take`
  /// as it comes and is not in what is returned; one of another status is. `request.limit` is for
  /// each piece. Never tried again; throws as Ask.
  boost::asio::awaitable<HttpAnswer> Read(HttpRequest request, PieceTaker take);

  /// Returns once the request is written and the gateway had the chance to read it; see
  /// Gateway::SendDelete.
  boost::asio::awaitable<void> Send(HttpRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
