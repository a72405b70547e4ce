#include "runner/leftover_kernels.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "jobs/error.h"
#include "runner/gateway/with_timeout.h"
#include "runner/task_group.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;

constexpr int kEndedAtOnce = 16;  // requests to one gateway
constexpr std::chrono::seconds kLongestBirth = kStartLimit + std::chrono::seconds(20);
constexpr milliseconds kEndPatience(5000);  // of a foreground run, which waits for it at its end

/// The kernels of one gateway.
class OneGatewaysKernels {
 public:
  OneGatewaysKernels(boost::asio::any_io_executor executor, Store& store)
      : executor_(executor), store_(store) {}

  void Add(KernelEnd* end) { waiting_.push_back(end); }

  awaitable<void> End(const Config& config, milliseconds patience) {
    const std::string name = waiting_.front()->kernel.gateway;
    if (name == kEmbeddedName) co_return NoteGone();
    try {
      gateway_.emplace(executor_, AddressOf(config, name));
      const bool in_time = co_await WithTimeout(EndAll(), patience);
      if (in_time) co_return;
      fault_ = fmt::format("gateway {}: no answer within {} s", gateway_->address().Label(),
                           std::chrono::duration<double>(patience).count());
    } catch (const Error& error) {
      fault_ = error.what();
    }
    for (KernelEnd* end : waiting_) end->fault = fault_;
    for (KernelEnd* end : asked_) end->fault = fault_;
  }

 private:
  /// Ended with its gateway, which ended with its Cellar.
  void NoteGone() {
    for (const KernelEnd* end : waiting_) store_.RecordKernelGone(end->kernel.row);
  }

  awaitable<void> EndAll() {
    TaskGroup tasks(executor_);
    for (int i = 0; i < kEndedAtOnce; ++i) tasks.Spawn(EndNext());
    co_await tasks.AwaitAll();
  }

  awaitable<void> EndNext() {
    while (!waiting_.empty()) {
      KernelEnd* const end = waiting_.front();
      waiting_.pop_front();
      asked_.push_back(end);
      try {
        const bool is_gone = co_await EndKernel(*gateway_, store_, end->kernel);
        end->may_still_come = !is_gone;
      } catch (const Error& error) {
        end->fault = error.what();
      }
      std::erase(asked_, end);
    }
  }

  boost::asio::any_io_executor executor_;
  Store& store_;
  std::optional<Gateway> gateway_;
  std::deque<KernelEnd*> waiting_;
  std::vector<KernelEnd*> asked_;  // not answered yet
  std::string fault_;
};

}  // namespace

awaitable<bool> EndKernel(Gateway& gateway, Store& store, KernelRecord kernel) {
  std::optional<StartedKernel> found;
  if (kernel.kernel_id.empty()) {
    found = co_await gateway.FindKernel(kernel.tag);
    const bool may_still_come = WallClock() - kernel.created_at < kLongestBirth;
    if (!found && may_still_come) {
      store.RecordKernelReleasing(kernel.row);
      co_return false;
    }
  } else {
    found.emplace();
    found->kernel_id = kernel.kernel_id;
    found->session_id = kernel.session_id;
  }
  if (found) co_await gateway.DeleteKernel(*found);
  store.RecordKernelGone(kernel.row);
  co_return true;
}

awaitable<std::vector<KernelEnd>> EndKernels(boost::asio::any_io_executor executor, Store& store,
                                             const Config& config,
                                             std::vector<KernelRecord> kernels,
                                             milliseconds patience) {
  std::vector<KernelEnd> ends;
  for (KernelRecord& kernel : kernels) ends.push_back({std::move(kernel), ""});
  std::map<std::string, std::unique_ptr<OneGatewaysKernels>> gateways;
  for (KernelEnd& end : ends) {
    auto& gateway = gateways[end.kernel.gateway];
    if (!gateway) gateway = std::make_unique<OneGatewaysKernels>(executor, store);
    gateway->Add(&end);
  }
  TaskGroup tasks(executor);
  for (auto& [name, gateway] : gateways) tasks.Spawn(gateway->End(config, patience));
  co_await tasks.AwaitAll();
  co_return ends;
}

awaitable<void> EndLeftoverKernels(boost::asio::any_io_executor executor, Store& store,
                                   const Config& config,
                                   std::function<void(const std::string& line)> note) {
  const std::vector<KernelEnd> ends =
      co_await EndKernels(executor, store, config, store.LeftoverKernels(), kEndPatience);
  std::map<std::string, std::string> failed;  // gateway, and why
  for (const KernelEnd& end : ends) {
    if (!end.fault.empty()) failed[end.kernel.gateway] = end.fault;
  }
  for (const auto& [gateway, why] : failed) {
    note("kernels that an earlier Cellar left could not be ended: " + why +
         "; if it will not come back: `cellar kernels --reap --forget`");
  }
}

}  // namespace cellar
