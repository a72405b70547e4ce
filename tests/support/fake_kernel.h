// One kernel as the server sees it: its id, its sockets, the buffer while none is connected, and
// the process that lives behind it at the moment. Every call needs the world's lock.
// Modelled on jupyter_server 1.23 (services/kernels/{handlers,kernelmanager}.py).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_world.h"

namespace cellar {

class FakeKernel {
 public:
  FakeKernel(FakeWorld& world, std::string id, std::string kernelspec);

  /// A new process; what the old one said of itself is forgotten.
  void StartProcess();
  FakeProcess& process() { return *process_; }
  const std::string& id() const { return id_; }
  bool gone() const { return gone_; }

  /// GET /api/kernels/{id}
  nlohmann::json Model() const;

  /// A client opened a socket: the older one with its session_id is closed, the buffer is replayed
  /// or discarded, and the server's nudge becomes visible on all sockets.
  void Attach(std::shared_ptr<FakeSocket> socket);
  void Detach(const std::shared_ptr<FakeSocket>& socket);

  /// What came on a socket. Nothing answers once the kernel is gone.
  void Receive(FakeRequest request);

  /// iopub to every socket, else to `requester`'s; buffered or lost as the real server does.
  void Deliver(const FakeMessage& message, const std::string& requester);
  /// To the open sockets, as it is.
  void DeliverFrame(const FakeFrame& frame);
  /// To the open sockets only: the server makes these itself and never buffers them.
  void DeliverFromServer(const std::string& execution_state);

  /// Every socket gets the step after what was written before; messages from then on are buffered
  /// (kCut, kReset) or lost (kStall).
  void BreakSockets(FakeSocket::Step step, int close_code = 0);
  void Ping();

  /// REST: the running cell is interrupted, `shutdown_reply` goes out, the process ends.
  void BeginShutdown(bool restart);
  /// From the process's thread, as the last thing it does.
  void ProcessEnded(FakeProcess& process);

 private:
  void Replay();
  void Nudge(const std::string& client_session);
  void Announce(const std::string& state, const nlohmann::json& parent);
  void CountTowardsCut();
  static void Push(FakeSocket& socket, const FakeMessage& message);
  void Remove();

  FakeWorld& world_;
  const std::string id_;
  const std::string kernelspec_;
  std::string execution_state_ = "starting";
  std::string last_activity_;
  FakeProcess* process_ = nullptr;  // the world owns it
  std::vector<std::shared_ptr<FakeSocket>> sockets_;
  bool buffering_ = false;
  std::string buffering_session_;
  std::vector<std::pair<FakeMessage, std::string>> buffer_;  // with the requester
  bool gone_ = false;
};

}  // namespace cellar
