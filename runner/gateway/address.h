// How to reach a gateway, and on whose behalf.
#pragma once

#include <map>
#include <string>

namespace cellar {

/// Whose address it is: what messages call the other end, and how its token is sent.
struct Peer {
  std::string name = "gateway";
  // `token`, not `Bearer`: jupyter_server before 2.0 and kernel_gateway take nothing else.
  std::string token_scheme = "token";
  std::string token_places =
      "CELLAR_TOKEN, CELLAR_TOKEN_FILE or the configuration's token_env or token_file";
  std::string plaintext_leave = "allow_plaintext = true";
  std::string ca_file = "ca_file";
  std::string whose_ca_file = "the gateway's ca_file";
};

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
  Peer peer = {};

  /// For messages: `lab (https://lab.example/base)` or the URL alone, without user info or query.
  std::string Label() const;
};

}  // namespace cellar
