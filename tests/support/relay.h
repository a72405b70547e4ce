// A network between a client and a gateway, real or fake, that a test can break, and that can speak
// TLS to the client. A thread of its own; any thread may call it.
#pragma once

#include <memory>
#include <string>

#include "runner/gateway/address.h"

namespace cellar {

struct RelayTls {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file = {};  // set: a client must show a certificate that this one signed
};

class Relay {
 public:
  /// From a free loopback port to this one.
  explicit Relay(int gateway_port);
  Relay(int gateway_port, const RelayTls& tls);
  ~Relay();

  int port() const;
  /// The same gateway by way of the relay: https when it speaks TLS.
  GatewayAddress Through(GatewayAddress address) const;

  // All connections that are open.
  void Cut();    // FIN both ways
  void Reset();  // RST both ways
  // All connections, those to come too. Nothing is lost: it waits.
  void Stall();
  void StallTowardsGateway();  // the gateway talks, and hears nothing: no request, no pong
  void Resume();

  void Refuse();  // connections to come
  void Accept();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
