// How to reach a gateway, and on whose behalf.
#pragma once

#include <map>
#include <string>

namespace cellar {

struct GatewayAddress {
  std::string name;        // in the configuration; empty for one given by its URL
  std::string url;         // http or https, any base path; may end in '/'
  std::string token;       // never printed, logged or stored
  std::string token_hint;  // what to say when it is rejected: "LAB_TOKEN", "CELLAR_TOKEN"
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
  bool allow_plaintext = false;  // send the token over http:// to a host that is not this machine
  std::map<std::string, std::string> env;  // sent when a kernel is started; empty: no `env` at all

  /// For messages: `lab (https://lab.example/base)` or the URL alone, without user info or query.
  std::string Label() const;
};

}  // namespace cellar
