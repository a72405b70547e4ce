// Another machine's `cellar serve`, as the commands ask it: over the API of
// runner/review/api/openapi.json, by the HTTP client that speaks to gateways.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/cli/output.h"
#include "runner/gateway/address.h"
#include "runner/gateway/http_message.h"
#include "runner/review/text_sink.h"

namespace cellar {

using ApiQuery = std::vector<std::pair<std::string, std::string>>;

/// "/runs/last%3Aa/text?columns=80". Values that are empty are left out.
std::string ApiPath(const std::vector<std::string>& segments, const ApiQuery& query = {});

/// How a text is to look that the server makes for `out`.
ApiQuery LookOf(const Output& out);

/// What ended work before its own end.
struct Interruption {
  int signal = 0;  // SIGINT, SIGTERM; 0: its time was over
};

class RemoteServer {
 public:
  /// Throws Error kUsage: the URL or a file of the address cannot be used, or the token would
  /// travel in the clear.
  explicit RemoteServer(GatewayAddress address);
  RemoteServer(const RemoteServer&) = delete;
  RemoteServer& operator=(const RemoteServer&) = delete;
  ~RemoteServer();

  // Everything throws Error: kUsage what the server refuses, a wrong token, and what no Cellar
  // answers; kStore what its store cannot; kGatewayUnreachable and kGatewayLost else.

  nlohmann::ordered_json Get(const std::string& path);
  /// Never sent twice: where no answer came, the message says that it may have been done.
  nlohmann::ordered_json Post(const std::string& path, const nlohmann::ordered_json& body);
  /// The answer to a POST, whatever its status.
  HttpAnswer PostAny(const std::string& path, const nlohmann::ordered_json& body);
  /// A text as it comes.
  void Read(const std::string& path, const TextSink& sink);

  // For what waits long, and ends early.
  boost::asio::awaitable<nlohmann::ordered_json> GetMeanwhile(std::string path);
  /// `take` returns false: no more of it is wanted.
  boost::asio::awaitable<void> ReadMeanwhile(std::string path,
                                             std::function<bool(std::string_view)> take);
  /// Runs `work` to its end; on SIGINT, SIGTERM, or after `limit` it is cancelled.
  std::optional<Interruption> Run(boost::asio::awaitable<void> work,
                                  std::optional<std::chrono::milliseconds> limit);

  /// "server https://ada.example: ", for messages.
  std::string Prefix() const;
  /// Throws as above for an answer that is no success.
  void Check(const HttpRequest& request, const HttpAnswer& answer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
