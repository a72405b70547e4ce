#include "tests/support/fake_process.h"

#include <utility>

#include "tests/support/fake_cell.h"
#include "tests/support/fake_kernel.h"

namespace cellar {

using nlohmann::json;

FakeProcess::FakeProcess(FakeWorld& world, FakeKernel& kernel)
    : world_(world), kernel_(kernel), session_(MakeUuid()) {}

FakeProcess::~FakeProcess() {
  if (thread_.joinable()) thread_.join();
}

void FakeProcess::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FakeProcess::Run() {
  try {
    while (true) {
      FakeRequest request = NextRequest();
      if (request.type() == "execute_request") {
        Execute(std::move(request));
      } else {
        const std::lock_guard lock(world_.mutex);
        AnswerOther(request);
      }
    }
  } catch (const FakeProcessEnded&) {
    const std::lock_guard lock(world_.mutex);
    ended_ = true;
    kernel_.ProcessEnded(*this);
  }
}

FakeRequest FakeProcess::NextRequest() {
  std::unique_lock lock(world_.mutex);
  world_.changed.wait(lock, [this] {
    return ended_ || ending_ || world_.stopping || (!stopped_ && !queue_.empty());
  });
  if (ended_ || ending_ || world_.stopping) throw FakeProcessEnded{};
  FakeRequest request = std::move(queue_.front());
  queue_.pop_front();
  return request;
}

void FakeProcess::Take(FakeRequest request) {
  if (ended_) return;
  if (request.channel == "control" && world_.control_answers && !stopped_) {
    AnswerOther(request);
  } else {
    queue_.push_back(std::move(request));
  }
  world_.Notify();
}

void FakeProcess::Publish(FakeMessage message, const std::string& requester) {
  message.header = MakeFakeHeader(message.type, session_);
  kernel_.Deliver(message, requester);
}

void FakeProcess::Execute(FakeRequest request) {
  FakeScript script;
  {
    const std::lock_guard lock(world_.mutex);
    const auto own = world_.scripts.find(request.content.value("code", ""));
    script = own == world_.scripts.end() ? world_.script : own->second;
    running_cell_ = heeds_interrupts_ = true;
    interrupted_ = false;
  }
  FakeCell cell(world_, *this, std::move(request));
  cell.Play(script);
  const std::lock_guard lock(world_.mutex);
  running_cell_ = false;
}

void FakeProcess::AnswerOther(const FakeRequest& request) {
  const std::string type = request.type();
  const std::string suffix = "_request";
  if (!type.ends_with(suffix)) return;  // comm_msg, input_reply: nobody answers those
  Status(request, "busy");
  json content = {{"status", "ok"}};
  if (type == "kernel_info_request") {
    content.update({{"protocol_version", "5.3"},
                    {"implementation", "fake"},
                    {"implementation_version", "1.0"},
                    {"banner", "Fake kernel"},
                    {"help_links", json::array()}});
    content["language_info"] = {{"name", "python"},
                                {"version", "3.11.2"},
                                {"mimetype", "text/x-python"},
                                {"file_extension", ".py"}};
  }
  Reply(request, std::move(content));
  Status(request, "idle");
}

void FakeProcess::Reply(const FakeRequest& request, json content) {
  const std::string type = request.type();
  FakeMessage reply{.channel = request.channel,
                    .type = type.substr(0, type.size() - 7) + "reply",
                    .content = std::move(content)};
  reply.parent = request.header;
  Publish(std::move(reply), request.session_id);
}

void FakeProcess::Status(const FakeRequest& request, const std::string& state) {
  FakeMessage status{.type = "status", .content = {{"execution_state", state}}};
  status.parent = request.header;
  Publish(std::move(status));
}

void FakeProcess::AbortQueue() {
  std::deque<FakeRequest> kept;
  for (auto& request : queue_) {
    if (request.type() != "execute_request") {
      kept.push_back(std::move(request));
      continue;
    }
    // ipykernel 6.17 sends the reply first, and no execution_count in it.
    Reply(request, {{"status", "aborted"}});
    Status(request, "busy");
    Status(request, "idle");
  }
  queue_ = std::move(kept);
}

void FakeProcess::Interrupt() {
  if (!running_cell_ || stopped_) return;
  interrupted_ = true;
  world_.Notify();
}

void FakeProcess::Stop() { stopped_ = true; }

void FakeProcess::Continue() {
  stopped_ = false;
  world_.Notify();
}

void FakeProcess::End(After after) {
  after_ = after;
  ended_ = true;
  world_.Notify();
}

void FakeProcess::EndAfterInterrupt(After after) {
  if (running_cell_ && !heeds_interrupts_) return End(after);
  after_ = after;
  ending_ = true;
  Interrupt();
  world_.Notify();
}

void FakeProcess::Check(std::unique_lock<std::mutex>& lock, bool heed) {
  world_.changed.wait(lock, [this] { return !stopped_ || ended_ || world_.stopping; });
  if (ended_ || world_.stopping) throw FakeProcessEnded{};
  if (heed && heeds_interrupts_ && std::exchange(interrupted_, false)) throw FakeInterrupted{};
}

void FakeProcess::WaitForGate(const std::string& gate, bool heed) {
  std::unique_lock lock(world_.mutex);
  world_.reached_gates.insert(gate);
  world_.Notify();
  while (true) {
    Check(lock, heed);
    if (world_.open_gates.count(gate) > 0) return;
    world_.changed.wait(lock);
  }
}

}  // namespace cellar
