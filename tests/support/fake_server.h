// The sockets of the fake gateway: HTTP and WebSocket on a loopback port, in a thread of its own.
#pragma once

#include <memory>

#include "tests/support/fake_world.h"

namespace cellar {

class FakeServer {
 public:
  /// Listens on a free port.
  explicit FakeServer(FakeWorld& world);
  /// Ends every connection and the thread.
  ~FakeServer();

  int port() const;
  /// Refuses new connections from here on; those that are open stay.
  void StopListening();
  /// On the same port again.
  void Listen();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
