#include "runner/gateway/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/error.h"
#include "jobs/number_text.h"
#include "runner/gateway/address.h"

namespace cellar {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLetterOrDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The URL is not repeated where it may hold a secret.
[[noreturn]] void Refuse(const Peer& peer, std::string_view what) {
  throw Error(ErrorKind::kUsage, fmt::format("{} URL: {}", peer.name, what));
}

bool IsHostCharacter(char c) { return IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_'; }
bool IsIpv6Character(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}
bool IsPathCharacter(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>'; }

void CheckForSecrets(const Peer& peer, std::string_view text, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    Refuse(peer, "it holds a user name or password; give the token in " + peer.token_places);
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    Refuse(peer, "it has a `?` or `#` part; give the URL without it, and the token in " +
                     peer.token_places);
  }
}

/// What follows the scheme up to the path: into `url`, or what is wrong with it.
std::string ReadPort(std::string_view port, Url& url) {
  const auto number = NumberOf<int>(port);
  if (!number || *number < 1 || *number > 65535) {
    return fmt::format("`{}` is no port; a port is a number from 1 to 65535", port);
  }
  url.port = std::to_string(*number);
  return "";
}

std::string ReadAuthority(std::string_view authority, Url& url) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return "the `[` of the host is never closed";
    url.host = authority.substr(1, bracket - 1);
    rest = authority.substr(bracket + 1);
    if (!std::ranges::all_of(url.host, IsIpv6Character)) return "no IPv6 address in `[ ]`";
    if (!rest.empty() && !rest.starts_with(':')) return "unexpected text after `]`";
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    url.host = Lower(authority.substr(0, colon));
    rest = authority.substr(colon);
    if (!std::ranges::all_of(url.host, IsHostCharacter)) {
      return "the host has a character that no host name has";
    }
  }
  if (url.host.empty()) return "it names no host";
  return rest.empty() ? "" : ReadPort(rest.substr(1), url);
}

}  // namespace

std::string Url::Authority() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? shown : shown + ":" + port;
}

bool Url::IsLoopback() const {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, [](char c) { return IsDigit(c) || c == '.'; });
}

Url ParseUrl(std::string_view text) { return ParseUrl(text, Peer()); }

Url ParseUrl(std::string_view text, const Peer& peer) {
  const auto scheme_end = text.find("://");
  const std::string scheme = Lower(text.substr(0, std::min(scheme_end, text.size())));
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    Refuse(peer, "it must begin with http:// or https://, as in https://lab.example/base/");
  }
  const std::string_view after = text.substr(scheme_end + 3);
  const auto path_at = std::min(after.find_first_of("/?#"), after.size());
  CheckForSecrets(peer, text, after.substr(0, path_at));

  Url url;
  url.tls = scheme == "https";
  url.port = url.tls ? "443" : "80";
  if (!std::ranges::all_of(text, IsPathCharacter)) {
    Refuse(peer, "it has a space or another character that must be percent-encoded");
  }
  const std::string fault = ReadAuthority(after.substr(0, path_at), url);
  if (!fault.empty()) Refuse(peer, fmt::format("`{}`: {}", text, fault));
  url.base = after.substr(path_at);
  while (url.base.ends_with('/')) url.base.pop_back();
  return url;
}

Url UsableUrl(const GatewayAddress& address) {
  const Peer& peer = address.peer;
  Url url = ParseUrl(address.url, peer);
  if (!address.token.empty() && !url.tls && !url.IsLoopback() && !address.allow_plaintext) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} {}: the token would travel in the clear to another machine; "
                            "use https://, a tunnel to a loopback port, or {}",
                            peer.name, address.Label(), peer.plaintext_leave));
  }
  if (!std::ranges::all_of(address.token, [](char c) { return c > ' ' && c < '\x7f'; })) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} {}: the token in {} has a space, a line end or another "
                            "character that no token has",
                            peer.name, address.Label(), address.token_hint));
  }
  return url;
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace cellar
