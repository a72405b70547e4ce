#include "tests/support/fake_kernel.h"

#include <algorithm>

#include "tests/support/fake_process.h"

namespace cellar {

using nlohmann::json;

FakeKernel::FakeKernel(FakeWorld& world, std::string id, std::string kernelspec)
    : world_(world),
      id_(std::move(id)),
      kernelspec_(std::move(kernelspec)),
      last_activity_(JupyterTime()) {}

void FakeKernel::StartProcess() {
  world_.processes.push_back(std::make_unique<FakeProcess>(world_, *this));
  process_ = world_.processes.back().get();
  process_->Start();
}

json FakeKernel::Model() const {
  return {{"id", id_},
          {"name", kernelspec_},
          {"last_activity", last_activity_},
          {"execution_state", execution_state_},
          {"connections", sockets_.size()}};
}

void FakeKernel::Attach(std::shared_ptr<FakeSocket> socket) {
  const auto same = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& other) {
    return other->session_id == socket->session_id;
  });
  if (same != sockets_.end()) {
    const auto older = *same;
    older->outbox.push_back({FakeSocket::Step::kClose});
    Detach(older);
  }
  sockets_.push_back(socket);
  ++world_.sockets_opened;
  if (buffering_ && buffering_session_ == socket->session_id) Replay();
  buffering_ = false;
  buffer_.clear();
  if (execution_state_ != "busy") Nudge(socket->session_id);
  world_.Notify();
}

void FakeKernel::Replay() {
  buffering_ = false;
  const auto buffered = std::move(buffer_);
  buffer_.clear();
  for (const auto& [message, requester] : buffered) Deliver(message, requester);
}

// The server asks for kernel_info on transient shell and control sockets before it reads a new
// client's frames; the statuses of the last of them are seen by everyone, with the client's session
// in the parent.
void FakeKernel::Nudge(const std::string& client_session) {
  if (process_->stopped()) return;
  const json parent = MakeFakeHeader("kernel_info_request", client_session);
  Announce("busy", parent);
  Announce("idle", parent);
}

void FakeKernel::Announce(const std::string& state, const json& parent) {
  FakeMessage message{.type = "status", .content = {{"execution_state", state}}};
  message.parent = parent;
  process_->Publish(std::move(message));
}

void FakeKernel::Detach(const std::shared_ptr<FakeSocket>& socket) {
  const auto at = std::find(sockets_.begin(), sockets_.end(), socket);
  if (at == sockets_.end()) return;
  sockets_.erase(at);
  if (sockets_.empty() && world_.options.buffers_offline_messages && !gone_) {
    buffering_ = true;
    buffering_session_ = socket->session_id;
    buffer_.clear();
  }
  world_.Notify();
}

void FakeKernel::Receive(FakeRequest request) {
  if (gone_ || request.id().empty()) return;
  process_->Take(std::move(request));
}

void FakeKernel::Deliver(const FakeMessage& message, const std::string& requester) {
  last_activity_ = JupyterTime();
  const bool broadcast = message.channel == "iopub";
  if (message.type == "status" && broadcast) {
    execution_state_ = message.content.value("execution_state", execution_state_);
  }
  if (buffering_ && (broadcast || requester == buffering_session_)) {
    buffer_.emplace_back(message, requester);
  }
  bool sent = false;
  for (const auto& socket : sockets_) {
    if (!broadcast && socket->session_id != requester) continue;
    Push(*socket, message);
    sent = true;
  }
  if (sent) CountTowardsCut();
  world_.Notify();
}

// What the server makes itself, it makes with the session of the WebSocket.
void FakeKernel::Push(FakeSocket& socket, const FakeMessage& message) {
  FakeMessage own = message;
  if (own.made_by_server) own.header = MakeFakeHeader(own.type, socket.session_id);
  socket.outbox.push_back({FakeSocket::Step::kFrame, EncodeFakeFrame(own, socket.v1)});
}

void FakeKernel::CountTowardsCut() {
  if (world_.messages_until_cut == 0 || --world_.messages_until_cut > 0) return;
  BreakSockets(FakeSocket::Step::kCut);
}

void FakeKernel::DeliverFromServer(const std::string& execution_state) {
  FakeMessage message{.type = "status", .content = {{"execution_state", execution_state}}};
  message.made_by_server = true;
  for (const auto& socket : sockets_) Push(*socket, message);
  world_.Notify();
}

void FakeKernel::DeliverFrame(const FakeFrame& frame) {
  for (const auto& socket : sockets_) socket->outbox.push_back({FakeSocket::Step::kFrame, frame});
  world_.Notify();
}

void FakeKernel::BreakSockets(FakeSocket::Step step, int close_code) {
  const auto sockets = sockets_;
  for (const auto& socket : sockets) {
    socket->outbox.push_back({step, {}, close_code});
    if (step != FakeSocket::Step::kStall) Detach(socket);
  }
  world_.Notify();
}

void FakeKernel::Ping() {
  for (const auto& socket : sockets_) socket->outbox.push_back({FakeSocket::Step::kPing});
  world_.Notify();
}

void FakeKernel::BeginShutdown(bool restart) {
  if (process_->stopped() || !world_.deletes_say_goodbye) {
    process_->End(restart ? FakeProcess::After::kRestart : FakeProcess::After::kRemove);
    return;
  }
  const json parent = MakeFakeHeader("shutdown_request", "fake-server-session");
  FakeMessage reply{.type = "shutdown_reply", .content = {{"status", "ok"}, {"restart", restart}}};
  reply.parent = parent;
  Announce("busy", parent);
  process_->Publish(std::move(reply));
  Announce("idle", parent);
  process_->EndAfterInterrupt(restart ? FakeProcess::After::kRestart : FakeProcess::After::kRemove);
}

void FakeKernel::ProcessEnded(FakeProcess& process) {
  if (gone_ || world_.stopping || process_ != &process) return;
  switch (process.after()) {
    case FakeProcess::After::kRemove:
      Remove();
      break;
    case FakeProcess::After::kDie:
      DeliverFromServer("dead");
      Remove();
      break;
    case FakeProcess::After::kAutorestart:
      DeliverFromServer("restarting");
      execution_state_ = "restarting";
      StartProcess();
      Announce("starting", json::object());
      break;
    case FakeProcess::After::kRestart:
      StartProcess();
      Nudge("fake-server-session");
      break;
  }
  world_.Notify();
}

void FakeKernel::Remove() {
  gone_ = true;
  buffering_ = false;
  buffer_.clear();
  for (auto session = world_.sessions.begin(); session != world_.sessions.end();) {
    session = session->second.kernel_id == id_ ? world_.sessions.erase(session) : ++session;
  }
  world_.kernels.erase(id_);
}

}  // namespace cellar
