// TLS in front of a plain loopback server, as a proxy does it, with an authority of its own.
#pragma once

#include <memory>
#include <string>

namespace cellar {

struct TlsFrontOptions {
  std::string names = "DNS:localhost,IP:127.0.0.1";  // that its certificate is good for
  bool asks_for_certificate = false;                 // of its clients
};

class TlsFront {
 public:
  /// Passes on what it receives to `plain_port` of this machine.
  explicit TlsFront(int plain_port, TlsFrontOptions options = {});
  ~TlsFront();

  int port() const;
  /// PEM files: the authority that signed everything, and a client's certificate and key.
  std::string ca_file() const;
  std::string client_cert() const;
  std::string client_key() const;
  /// The server name that the latest client asked for; empty: none.
  std::string last_name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
