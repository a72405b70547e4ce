#include "runner/gateway/address.h"

namespace cellar {

std::string GatewayAddress::Label() const {
  std::string shown = url.substr(0, url.find_first_of("?#"));
  const auto scheme_end = shown.find("://");
  if (scheme_end != std::string::npos) {
    const auto host = scheme_end + 3;
    const auto at = shown.substr(0, shown.find('/', host)).rfind('@');
    if (at != std::string::npos && at >= host) shown.erase(host, at + 1 - host);
  }
  return name.empty() ? shown : name + " (" + shown + ")";
}

}  // namespace cellar
