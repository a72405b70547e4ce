#include "tests/support/fake_gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_process.h"
#include "tests/support/fake_script.h"
#include "tests/support/fake_server.h"

namespace cellar {

constexpr std::chrono::minutes kBound{1};

CannedAnswer HtmlAnswer(int status, const std::string& title, int times) {
  return {.status = status,
          .body = "<html><head><title>" + title + "</title></head><body><h1>" + title +
                  "</h1></body></html>",
          .content_type = "text/html",
          .times = times};
}

CannedAnswer JsonAnswer(int status, const std::string& message, int times) {
  const nlohmann::json body = {{"message", message}, {"reason", nullptr}};
  return {.status = status, .body = body.dump(), .times = times};
}

struct FakeGateway::Impl {
  explicit Impl(FakeGatewayOptions options) : world(std::move(options)), server(world) {
    world.script = {PlayFakeScript, false};
  }

  /// With the lock held.
  FakeKernel& Kernel(const std::string& id) {
    const auto found = id.empty() ? world.kernels.begin() : world.kernels.find(id);
    if (found == world.kernels.end() || (id.empty() && world.kernels.size() != 1)) {
      throw std::runtime_error(fmt::format("fake gateway: no kernel \"{}\" among the {} that live",
                                           id, world.kernels.size()));
    }
    return *found->second;
  }

  template <typename Work>
  auto Locked(Work work) {
    const std::lock_guard lock(world.mutex);
    world.Notify();
    return work();
  }

  template <typename Test>
  void Await(const std::string& what, Test test) {
    std::unique_lock lock(world.mutex);
    if (world.changed.wait_for(lock, kBound, test)) return;
    std::string seen;
    for (const auto& request : world.requests) seen += "\n  " + request.route;
    for (const auto& cell : world.cells) seen += "\n  cell: " + cell.code;
    throw std::runtime_error("fake gateway: never saw " + what + "; what came:" + seen);
  }

  FakeWorld world;
  FakeServer server;  // ends first: it uses the world
};

FakeGateway::FakeGateway(FakeGatewayOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

FakeGateway::~FakeGateway() = default;

GatewayAddress FakeGateway::Address() const {
  GatewayAddress address;
  address.name = "fake";
  address.url = fmt::format("http://127.0.0.1:{}{}", port(), impl_->world.options.base_path);
  address.token = impl_->world.options.token;
  address.token_hint = "FAKE_TOKEN";
  return address;
}

int FakeGateway::port() const { return impl_->server.port(); }

void FakeGateway::OnCell(CellScript script) {
  impl_->Locked([&] { impl_->world.script = {std::move(script), false}; });
}

void FakeGateway::OnCell(const std::string& code, CellScript script) {
  impl_->Locked([&] { impl_->world.scripts[code] = {std::move(script), false}; });
}

void FakeGateway::OnBareCell(const std::string& code, CellScript script) {
  impl_->Locked([&] { impl_->world.scripts[code] = {std::move(script), true}; });
}

void FakeGateway::Open(const std::string& gate) {
  impl_->Locked([&] { impl_->world.open_gates.insert(gate); });
}

void FakeGateway::AnswerWith(const std::string& route, CannedAnswer answer) {
  impl_->Locked([&] { impl_->world.canned[route] = std::move(answer); });
}

void FakeGateway::AnswerTruly(const std::string& route) {
  impl_->Locked([&] { impl_->world.canned.erase(route); });
}

void FakeGateway::LoseAnswer(const std::string& route, int times) {
  impl_->Locked([&] { impl_->world.lost_answers[route] = times; });
}

void FakeGateway::Hold(const std::string& route) {
  impl_->Locked([&] { impl_->world.held.insert(route); });
}

void FakeGateway::Release(const std::string& route) {
  impl_->Locked([&] { impl_->world.held.erase(route); });
}

void FakeGateway::CutAfter(int messages) {
  impl_->Locked([&] { impl_->world.messages_until_cut = messages; });
}

void FakeGateway::Cut(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BreakSockets(FakeSocket::Step::kCut); });
}

void FakeGateway::Reset(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BreakSockets(FakeSocket::Step::kReset); });
}

void FakeGateway::Stall(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BreakSockets(FakeSocket::Step::kStall); });
}

void FakeGateway::Close(int code, const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BreakSockets(FakeSocket::Step::kClose, code); });
}

void FakeGateway::Ping(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).Ping(); });
}

void FakeGateway::StopListening() { impl_->server.StopListening(); }
void FakeGateway::Listen() { impl_->server.Listen(); }

void FakeGateway::Kill(const std::string& kernel, bool for_good) {
  const auto after = for_good ? FakeProcess::After::kDie : FakeProcess::After::kAutorestart;
  impl_->Locked([&] { impl_->Kernel(kernel).process().End(after); });
}

void FakeGateway::Restart(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BeginShutdown(true); });
}

void FakeGateway::Cull(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).BeginShutdown(false); });
}

void FakeGateway::Freeze(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).process().Stop(); });
}

void FakeGateway::Thaw(const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).process().Continue(); });
}

void FakeGateway::Publish(FakeMessage message, const std::string& kernel) {
  impl_->Locked([&] { impl_->Kernel(kernel).process().Publish(std::move(message)); });
}

void FakeGateway::LoseCells(int count) {
  impl_->Locked([&] { impl_->world.cells_to_lose = count; });
}

void FakeGateway::SetControlAnswers(bool answers) {
  impl_->Locked([&] { impl_->world.control_answers = answers; });
}

void FakeGateway::SetInterruptsReach(bool reach) {
  impl_->Locked([&] { impl_->world.interrupts_reach = reach; });
}

void FakeGateway::SetSaysGoodbye(bool says) {
  impl_->Locked([&] { impl_->world.deletes_say_goodbye = says; });
}

std::vector<RecordedRequest> FakeGateway::Requests() const {
  return impl_->Locked([&] { return impl_->world.requests; });
}

std::vector<std::string> FakeGateway::Routes() const {
  std::vector<std::string> routes;
  for (const auto& request : Requests()) {
    if (request.route != "GET /api/kernels/{id}") routes.push_back(request.route);
  }
  return routes;
}

int FakeGateway::Count(const std::string& route) const {
  const auto requests = Requests();
  return static_cast<int>(std::count_if(requests.begin(), requests.end(), [&](const auto& request) {
    return request.route == route;
  }));
}

std::vector<RecordedCell> FakeGateway::Cells() const {
  return impl_->Locked([&] { return impl_->world.cells; });
}

std::vector<std::string> FakeGateway::Codes() const {
  std::vector<std::string> codes;
  for (const auto& cell : Cells()) codes.push_back(cell.code);
  return codes;
}

int FakeGateway::LiveKernels() const {
  return impl_->Locked([&] { return static_cast<int>(impl_->world.kernels.size()); });
}

std::string FakeGateway::OnlyKernel() const {
  return impl_->Locked([&] { return impl_->Kernel("").id(); });
}

void FakeGateway::AwaitCells(int count) {
  impl_->Await(fmt::format("{} cells", count),
               [&] { return static_cast<int>(impl_->world.cells.size()) >= count; });
}

void FakeGateway::AwaitCellAt(const std::string& gate) {
  impl_->Await("a cell at the gate " + gate,
               [&] { return impl_->world.reached_gates.count(gate) > 0; });
}

void FakeGateway::AwaitRequests(const std::string& route, int count) {
  impl_->Await(fmt::format("{} of {}", count, route), [&] {
    const auto& requests = impl_->world.requests;
    return std::count_if(requests.begin(), requests.end(),
                         [&](const auto& request) { return request.route == route; }) >= count;
  });
}

void FakeGateway::AwaitSockets(int opened) {
  impl_->Await(fmt::format("{} sockets", opened),
               [&] { return impl_->world.sockets_opened >= opened; });
}

void FakeGateway::AwaitPongs(int count) {
  impl_->Await(fmt::format("{} pongs", count), [&] { return impl_->world.pongs >= count; });
}

void FakeGateway::AwaitNoKernels() {
  impl_->Await("the end of every kernel", [&] { return impl_->world.kernels.empty(); });
}

}  // namespace cellar
