#include "tests/support/fake_cell.h"

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_process.h"

namespace cellar {
namespace {

using nlohmann::json;

json FailedReply(const std::string& ename, const std::string& evalue) {
  return {{"ename", ename},
          {"evalue", evalue},
          {"traceback", {"Traceback (most recent call last):", ename + ": " + evalue}}};
}

json Bundle(const json& data) { return data.is_string() ? json{{"text/plain", data}} : data; }

// jupyter_server 1.23.3, services/kernels/handlers.py, _limit_rate.
constexpr const char* kDataRateWarning =
    "IOPub data rate exceeded.\n"
    "The Jupyter server will temporarily stop sending output\n"
    "to the client in order to avoid crashing it.\n"
    "To change this limit, set the config variable\n"
    "`--ServerApp.iopub_data_rate_limit`.\n"
    "\n"
    "Current values:\n"
    "ServerApp.iopub_data_rate_limit=1000000.0 (bytes/sec)\n"
    "ServerApp.rate_limit_window=3.0 (secs)\n"
    "\n";

}  // namespace

FakeCell::FakeCell(FakeWorld& world, FakeProcess& process, FakeRequest request)
    : world_(world),
      process_(process),
      request_(std::move(request)),
      code_(request_.content.value("code", "")) {
  const std::lock_guard lock(world_.mutex);
  const bool counts = !request_.content.value("silent", false);
  execution_count_ = counts ? process_.NextCount() : process_.execution_count();
}

void FakeCell::Play(const FakeScript& script) {
  if (!script.bare) {
    Busy();
    if (!request_.content.value("silent", false)) Input();
  }
  try {
    script.play(*this);
  } catch (const FakeInterrupted&) {
    Raise("KeyboardInterrupt", "");
  }
  if (!script.bare) Finish();
}

void FakeCell::Finish() {
  if (!replied_) Reply();
  if (failed_ && request_.content.value("stop_on_error", true)) {
    const std::lock_guard lock(world_.mutex);
    process_.AbortQueue();
  }
  if (!idle_) Idle();
}

void FakeCell::Busy() { Emit({.type = "status", .content = {{"execution_state", "busy"}}}, false); }

void FakeCell::Input() {
  Emit({.type = "execute_input",
        .content = {{"code", code_}, {"execution_count", execution_count_}}},
       false);
}

void FakeCell::Idle() {
  idle_ = true;
  Emit({.type = "status", .content = {{"execution_state", "idle"}}}, false);
}

void FakeCell::Reply(const std::string& status, const json& extra) {
  replied_ = true;
  failed_ = status == "error";
  json content = {{"status", status}, {"execution_count", execution_count_}};
  if (status == "ok")
    content.update({{"user_expressions", json::object()}, {"payload", json::array()}});
  if (!extra.is_null()) content.update(extra);
  FakeMessage reply{.channel = "shell", .type = "execute_reply", .content = std::move(content)};
  reply.metadata = {{"started", JupyterTime()}, {"status", status}};
  Emit(std::move(reply), false);
}

void FakeCell::ReplyError(const std::string& ename, const std::string& evalue) {
  Reply("error", FailedReply(ename, evalue));
}

void FakeCell::Stream(const std::string& name, const std::string& text) {
  Send({.type = "stream", .content = {{"name", name}, {"text", text}}});
}

void FakeCell::Display(const json& data, const std::string& display_id) {
  FakeMessage message{.type = "display_data",
                      .content = {{"data", Bundle(data)}, {"metadata", json::object()}}};
  message.content["transient"] = json::object();
  if (!display_id.empty()) message.content["transient"]["display_id"] = display_id;
  Send(std::move(message));
}

void FakeCell::Update(const std::string& display_id, const json& data) {
  FakeMessage message{.type = "update_display_data",
                      .content = {{"data", Bundle(data)}, {"metadata", json::object()}}};
  message.content["transient"] = {{"display_id", display_id}};
  Send(std::move(message));
}

void FakeCell::Result(const json& data) {
  Send({.type = "execute_result",
        .content = {{"data", Bundle(data)},
                    {"metadata", json::object()},
                    {"execution_count", execution_count_}}});
}

void FakeCell::ErrorOutput(const std::string& ename, const std::string& evalue) {
  Emit({.type = "error", .content = FailedReply(ename, evalue)}, false);
}

void FakeCell::Raise(const std::string& ename, const std::string& evalue) {
  ErrorOutput(ename, evalue);
  ReplyError(ename, evalue);
}

void FakeCell::Clear(bool wait) { Send({.type = "clear_output", .content = {{"wait", wait}}}); }

void FakeCell::RateLimitWarning() {
  FakeMessage message{.type = "stream",
                      .content = {{"name", "stderr"}, {"text", kDataRateWarning}}};
  message.made_by_server = true;
  Send(std::move(message));
}

void FakeCell::AskInput(const std::string& prompt) {
  FakeMessage message{.channel = "stdin", .type = "input_request"};
  message.content = {{"prompt", prompt}, {"password", false}};
  Send(std::move(message));
}

void FakeCell::Send(FakeMessage message) { Emit(std::move(message), !replied_); }

void FakeCell::Emit(FakeMessage message, bool heed_interrupts) {
  std::unique_lock lock(world_.mutex);
  process_.Check(lock, heed_interrupts);
  if (!message.parent) message.parent = request_.header;
  process_.Publish(std::move(message), request_.session_id);
}

void FakeCell::SendFrame(FakeFrame frame) {
  std::unique_lock lock(world_.mutex);
  process_.Check(lock, !replied_);
  process_.kernel().DeliverFrame(frame);
}

void FakeCell::Await(const std::string& gate) { process_.WaitForGate(gate, !replied_); }

void FakeCell::IgnoreInterrupts() {
  const std::lock_guard lock(world_.mutex);
  process_.set_heeds_interrupts(false);
}

void FakeCell::Cut() { Break(FakeSocket::Step::kCut); }
void FakeCell::Reset() { Break(FakeSocket::Step::kReset); }
void FakeCell::Stall() { Break(FakeSocket::Step::kStall); }

void FakeCell::Break(FakeSocket::Step step) {
  std::unique_lock lock(world_.mutex);
  process_.Check(lock, !replied_);
  process_.kernel().BreakSockets(step);
}

void FakeCell::Die(bool for_good) {
  {
    const std::lock_guard lock(world_.mutex);
    process_.End(for_good ? FakeProcess::After::kDie : FakeProcess::After::kAutorestart);
  }
  throw FakeProcessEnded{};
}

void FakeCell::Exit() {
  const json leave = {{"source", "ask_exit"}, {"keepkernel", false}};
  Reply("ok", {{"payload", {leave}}});
  Idle();
  Die();
}

}  // namespace cellar
