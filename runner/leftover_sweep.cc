#include "runner/leftover_sweep.h"

#include <utility>

#include "runner/backoff.h"
#include "runner/gateway/with_timeout.h"
#include "store/kernels.h"

namespace cellar {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kInterval(4);
constexpr seconds kSweepPatience(10);
constexpr seconds kSweepLastRetry(60);

}  // namespace

LeftoverSweep::LeftoverSweep(boost::asio::any_io_executor executor, Store& store,
                             const Config& config)
    : executor_(executor), store_(store), config_(config), tasks_(executor) {}

void LeftoverSweep::Look() {
  const auto now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kInterval;
  std::map<std::string, std::vector<KernelRecord>> unused;
  for (KernelRecord& kernel : Unused()) {
    const auto failing = failing_.find(kernel.gateway);
    if (failing != failing_.end() && now < failing->second.retry_at) continue;
    if (!being_ended_.insert(kernel.row).second) continue;
    unused[kernel.gateway].push_back(std::move(kernel));
  }
  for (auto& [gateway, kernels] : unused) tasks_.Spawn(End(std::move(kernels)));
}

/// Of its own those that were given back before it last looked: the gateway had its time since.
std::vector<KernelRecord> LeftoverSweep::Unused() {
  std::vector<KernelRecord> unused;
  std::set<KernelRowId> given_back;
  const WorkerId self = store_.RegisterWorker();
  for (OwnedKernel& owned : FindOwnedKernels(store_)) {
    KernelRecord& kernel = owned.kernel;
    const bool is_own = owned.worker == self && kernel.state == KernelState::kReleasing;
    if (is_own) given_back.insert(kernel.row);
    const bool is_left = !kernel.is_owned && !kernel.is_in_use;
    if (is_left || (is_own && given_back_.contains(kernel.row))) {
      unused.push_back(std::move(kernel));
    }
  }
  given_back_ = std::move(given_back);
  return unused;
}

awaitable<void> LeftoverSweep::End(std::vector<KernelRecord> kernels) {
  std::vector<KernelRowId> rows;
  for (const KernelRecord& kernel : kernels) rows.push_back(kernel.row);
  std::vector<KernelEnd> ends =
      co_await EndKernels(executor_, store_, config_, std::move(kernels), kSweepPatience);
  for (const KernelRowId row : rows) being_ended_.erase(row);
  Take(ends);
}

void LeftoverSweep::Take(const std::vector<KernelEnd>& ends) {
  std::string fault;
  for (const KernelEnd& end : ends) {
    if (!end.fault.empty()) fault = end.fault;
  }
  const std::string& gateway = ends.front().kernel.gateway;
  if (fault.empty()) {
    failing_.erase(gateway);
    return;
  }
  Failing& failing = failing_[gateway];
  failing.retry_at = Clock::now() + BackoffDelay(++failing.times, kInterval, kSweepLastRetry, 1.0);
  if (failing.times > 1 || !on_note) return;
  on_note("kernels of ours that nobody uses could not be ended yet: " + fault);
}

awaitable<void> LeftoverSweep::Stop(milliseconds patience) {
  co_await WithTimeout(tasks_.AwaitAll(), patience);
  co_await tasks_.CancelAll();
}

}  // namespace cellar
