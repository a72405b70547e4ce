// Who may ask the page's server for what. Pages of other sites run in the same browser as ours:
// what they can make it send is refused by Host (DNS rebinding), Origin and Sec-Fetch-Site,
// whatever it brings with it; what remains must know the session.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/review/api/api.h"

namespace cellar {

/// The headers that count; empty: not there.
struct GuardedRequest {
  std::string method;
  std::string path;  // decoded: "/api/v1/runs"
  std::string host;
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site, and so on
  std::string fetch_mode;
  std::string fetch_dest;
  std::string authorization;
  std::string content_type;
};

class RequestGuard {
 public:
  /// `hosts`: names under which the server may be asked, beside localhost and addresses.
  /// `secrets`: any of them is the way in; none of them empty.
  RequestGuard(std::vector<std::string> hosts, std::vector<std::string> secrets);

  /// nullopt: it may pass.
  std::optional<ApiAnswer> Refuse(const GuardedRequest& request) const;

 private:
  bool IsOurHost(std::string_view host) const;
  bool KnowsSecret(std::string_view authorization) const;

  std::vector<std::string> hosts_;
  std::vector<std::string> secrets_;
};

}  // namespace cellar
