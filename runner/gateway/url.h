// The URL of a gateway, taken apart. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

struct GatewayAddress;
struct Peer;

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::string port;  // digits
  std::string base;  // "" or "/user/alice": no slash at its end

  /// For the Host header: `host`, `host:8888`, `[::1]:8888`; the scheme's own port is left out.
  std::string Authority() const;
  /// The host is this machine by its own name or number; no resolver is asked.
  bool IsLoopback() const;
};

/// http or https, a host, perhaps a port and a base path. Throws Error kUsage for anything else,
/// also for user info, a query or a fragment, which is where secrets would be.
Url ParseUrl(std::string_view text);
Url ParseUrl(std::string_view text, const Peer& peer);

/// The URL of a gateway that may be spoken to as it is: throws Error kUsage also when its token
/// would travel in the clear to another machine, or cannot stand in a header.
Url UsableUrl(const GatewayAddress& address);

/// One segment of a path or one value of a query.
std::string PercentEncode(std::string_view text);

}  // namespace cellar
