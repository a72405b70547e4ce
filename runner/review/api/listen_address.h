// Where the page's server is to listen.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace cellar {

struct ListenAddress {
  std::string host;  // as it was given, without brackets
  boost::asio::ip::tcp::endpoint endpoint;
};

/// Of "HOST:PORT" or "[::1]:PORT". Elsewhere than on loopback only where it `may_be_elsewhere`.
/// Throws Error (kUsage).
ListenAddress ReadListenAddress(const std::string& listen, bool may_be_elsewhere);

/// Error (kUsage): "--listen 127.0.0.1:8787: Address already in use".
[[noreturn]] void RefuseListening(const std::string& listen, const std::string& why);

}  // namespace cellar
