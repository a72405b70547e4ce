// The page and the API over HTTP/1.1, on a thread of its own with a store of its own: whatever a
// reader asks for, no cell waits for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runner/config.h"

namespace cellar {

struct PageSettings {
  std::string listen = "127.0.0.1:8787";  // HOST:PORT; port 0: any that is free
  std::vector<std::string> hosts;         // further names by which it may be asked
  bool allow_plaintext = false;           // listen elsewhere than on loopback without TLS
  std::string tls_certificate = "";       // PEM files; both or none
  std::string tls_key = "";
  std::string token_file = "";  // holds a further way in
  bool actions = false;
  bool scripts = false;
  bool works = false;
};

/// "ready", "full" or "away", and a note.
struct GatewayState {
  std::string name;
  std::string state;
  std::string note;
};

class PageServer {
 public:
  /// It listens from here on. Throws Error: kUsage for where it is to listen and for the
  /// files of `settings`, kStore.
  PageServer(const Config& config, const PageSettings& settings);
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;
  /// Ends what is under way.
  ~PageServer();

  /// "http://127.0.0.1:8787/", https:// with TLS.
  std::string address() const;
  /// The same with the session: whoever has it is let in.
  std::string address_with_session() const;
  /// What the page says of gateways until the next call. From any thread.
  void SetGatewayStates(std::vector<GatewayState> states);
  /// Where the session is kept (0600), so that it outlives this process; empty: nowhere.
  std::string session_file() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
