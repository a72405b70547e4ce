#include "runner/review/api/request_guard.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "jobs/source_text.h"
#include "store/sha256.h"

namespace cellar {
namespace {

/// Of "localhost:8787" and "[::1]:8787" the name or address.
std::string_view WithoutPort(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, std::max<std::size_t>(host.find(']'), 1) - 1);
  return host.substr(0, host.find(':'));
}

/// As clients send it: in small letters. A port that was given with it is ignored.
std::string NameOf(std::string_view host) {
  const bool is_address = std::count(host.begin(), host.end(), ':') > 1 && !host.starts_with('[');
  return LowerCase(is_address ? host : WithoutPort(host));
}

bool IsAddress(std::string_view host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(host), error);
  return !error;
}

bool IsSameOrigin(std::string_view origin, std::string_view host) {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && origin.substr(scheme + 3) == host;
}

/// Digests of one length take the same time to compare, whatever is in them.
bool IsEqual(std::string_view given, std::string_view secret) {
  const std::string one = Sha256(given);
  const std::string other = Sha256(secret);
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

RequestGuard::RequestGuard(std::vector<std::string> hosts, std::vector<std::string> secrets)
    : hosts_(std::move(hosts)), secrets_(std::move(secrets)) {
  for (std::string& host : hosts_) host = NameOf(host);
}

/// A rebound name is a name: an address in numbers cannot be one.
bool RequestGuard::IsOurHost(std::string_view host) const {
  const std::string name = NameOf(host);
  return name == "localhost" || IsAddress(name) ||
         std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
}

bool RequestGuard::KnowsSecret(std::string_view authorization) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (!authorization.starts_with(kBearer)) return false;
  const std::string_view given = authorization.substr(kBearer.size());
  bool knows = false;
  for (const std::string& secret : secrets_) knows = IsEqual(given, secret) || knows;
  return knows;
}

std::optional<ApiAnswer> RequestGuard::Refuse(const GuardedRequest& request) const {
  if (!IsOurHost(request.host)) {
    return ApiError(403, "this server does not answer to the host \"" + request.host +
                             "\"; --allow-host names further ones");
  }
  const bool is_api = request.path.starts_with("/api/");
  const bool is_visit = !is_api && request.path == "/" && request.fetch_mode == "navigate" &&
                        request.fetch_dest == "document" && request.method != "POST";
  const bool is_foreign = !request.fetch_site.empty() && request.fetch_site != "same-origin" &&
                          request.fetch_site != "none";
  const bool has_foreign_origin =
      !request.origin.empty() && !IsSameOrigin(request.origin, request.host);
  // A link from elsewhere may lead to the page itself, which holds nothing yet.
  if (has_foreign_origin || (is_foreign && !is_visit)) {
    return ApiError(403, "this request comes from a page of another site");
  }
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
    return ApiError(405, request.method + " is not for here; GET, HEAD and POST are");
  }
  if (!is_api) {
    if (request.method != "POST") return std::nullopt;
    return ApiError(405, "POST is for /api/v1/ alone");
  }
  if (request.path == "/api/v1/openapi.json") return std::nullopt;
  if (!KnowsSecret(request.authorization)) {
    ApiAnswer answer =
        ApiError(401, "no session, or not this server's: open the address that it printed");
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
  }
  const std::string_view type = request.content_type;
  if (request.method == "POST" && type.substr(0, type.find(';')) != "application/json") {
    return ApiError(415, "a POST needs the content type application/json");
  }
  return std::nullopt;
}

}  // namespace cellar
