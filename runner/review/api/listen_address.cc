#include "runner/review/api/listen_address.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <string_view>

#include "jobs/error.h"
#include "jobs/number_text.h"

namespace cellar {
namespace {

using boost::asio::ip::tcp;

/// -1: there is none.
int PortIn(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return -1;
  const int port = NumberOf<int>(std::string_view(listen).substr(colon + 1)).value_or(-1);
  return port <= 65535 ? port : -1;
}

}  // namespace

void RefuseListening(const std::string& listen, const std::string& why) {
  throw Error(ErrorKind::kUsage, fmt::format("--listen {}: {}", listen, why));
}

ListenAddress ReadListenAddress(const std::string& listen, bool may_be_elsewhere) {
  ListenAddress address;
  address.host = listen.substr(0, listen.rfind(':'));
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  const int port = PortIn(listen);
  if (address.host.empty() || port < 0) {
    RefuseListening(listen, "it is to be HOST:PORT, such as 127.0.0.1:8787");
  }
  boost::asio::io_context io;
  tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(address.host, std::to_string(port), error);
  if (error) RefuseListening(listen, "there is no such host: " + error.message());
  address.endpoint = found.begin()->endpoint();
  if (!address.endpoint.address().is_loopback() && !may_be_elsewhere) {
    RefuseListening(
        listen,
        "others than this machine could read along, the session too; let it listen on "
        "127.0.0.1 behind a proxy with TLS or a tunnel, or give --tls-cert and --tls-key, or "
        "--allow-plaintext");
  }
  return address;
}

}  // namespace cellar
