#include "runner/warm_kernels.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <optional>

#include "runner/backoff.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kWarmAnswer(60);
constexpr milliseconds kConfirmPatience(1000);
constexpr seconds kWarmProbeInterval(10);
constexpr seconds kWarmFirstRetry(5);
constexpr seconds kWarmLastRetry(300);

/// Warm kernels begin there: it is every job's working_dir that names none.
bool IsRoot(const std::string& working_dir) {
  return working_dir.find_first_not_of("./") == std::string::npos &&
         working_dir.find("..") == std::string::npos;
}

}  // namespace

/// A run's hold on a kernel that it waits for; a run that is stopped meanwhile lets it go again.
class WarmKernels::Hold {
 public:
  Hold(WarmKernels& owner, WarmPtr warm) : owner_(owner), warm_(std::move(warm)) {
    warm_->is_taken = true;
    warm_->is_unwanted = false;
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    if (!warm_) return;
    warm_->is_taken = false;
    owner_.NoteChange();
  }

  std::unique_ptr<OwnKernel> Release() {
    owner_.kernels_.remove(warm_);
    return std::move(std::exchange(warm_, nullptr)->kernel);
  }

 private:
  WarmKernels& owner_;
  WarmPtr warm_;
};

WarmKernels::WarmKernels(asio::any_io_executor executor, Store& store, GatewaySet& gateways,
                         const Config& config)
    : executor_(executor),
      store_(store),
      gateways_(gateways),
      config_(config),
      changed_(executor, asio::steady_timer::time_point::max()),
      next_probe_(Clock::now() + kWarmProbeInterval),
      tasks_(executor) {}

WarmKernels::Shelf& WarmKernels::ShelfOf(const GatewayEntry& entry, const std::string& kernelspec) {
  const auto [found, is_new] =
      shelves_.try_emplace(std::pair(entry.facts.name, kernelspec), Shelf{});
  if (is_new) found->second.last_wanted = Clock::now();
  return found->second;
}

void WarmKernels::TopUp(int most) {
  if (ending_) return;
  for (const auto& [name, gateway] : config_.gateways) {
    const bool is_meant = config_.gateway_override.empty() || config_.gateway_override == name;
    if (!gateway.warm.empty() && is_meant) TopUpGateway(name, gateway, most);
  }
  ProbeIdle(Clock::now());
}

void WarmKernels::TopUpGateway(const std::string& name, const GatewayConfig& gateway, int most) {
  GatewayEntry* entry = nullptr;
  try {
    entry = &gateways_.EntryOf(name);
  } catch (const Error& error) {  // its token is not there
    if (unusable_.insert(name).second && on_note) on_note(error.what());
    return;
  }
  GiveWayToOthers(*entry);
  const auto now = Clock::now();
  for (const auto& [kernelspec, count] : gateway.warm) {
    const Shelf& shelf = ShelfOf(*entry, kernelspec);
    if (now - shelf.last_wanted >= gateway.warm_idle) {
      while (const WarmPtr idle = FindIdle(*entry, kernelspec)) Discard(idle);
      continue;
    }
    const bool is_missing =
        CountFree(*entry, kernelspec) < count && static_cast<int>(kernels_.size()) < most;
    if (!is_missing || now < shelf.retry_at || !MayStart(*entry)) continue;
    auto warm = std::make_shared<Warm>();
    warm->entry = entry;
    warm->kernelspec = kernelspec;
    kernels_.push_back(warm);
    tasks_.Spawn(Start(warm));
  }
}

/// A run comes first: for the gateway's next creation, and for its last place.
bool WarmKernels::MayStart(const GatewayEntry& entry) const {
  const PlaceFacts& facts = entry.facts;
  if (!facts.answers || entry.is_full || entry.starting > 0) return false;
  if (RoomIn(entry) <= 0) return false;
  return std::none_of(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && warm->state == State::kStarting;
  });
}

/// For one more kernel, under `max_kernels`; below zero: there are too many.
long WarmKernels::RoomIn(const GatewayEntry& entry) const {
  if (!entry.facts.max_kernels) return std::numeric_limits<int>::max();
  const OthersKernels& others = entry.others;
  return *entry.facts.max_kernels - entry.facts.kernels - CountFree(entry) - others.of_runs -
         others.warm;
}

/// Runs of other workers do not ask us for room, they take it. Of several workers with warm kernels
/// the youngest gives way first.
void WarmKernels::GiveWayToOthers(const GatewayEntry& entry) {
  if (entry.others.has_warm_of_younger) return;
  for (long room = RoomIn(entry) + CountEnding(entry); room < 0; ++room) {
    if (!GiveWay(entry)) return;
  }
}

/// That no run has: those that runs wait for stand in their places.
int WarmKernels::CountFree(const GatewayEntry& entry) const {
  return static_cast<int>(std::count_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && !warm->is_taken;
  }));
}

int WarmKernels::CountEnding(const GatewayEntry& entry) const {
  return static_cast<int>(std::count_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && warm->state == State::kEnding;
  }));
}

int WarmKernels::CountFree(const GatewayEntry& entry, const std::string& kernelspec) const {
  return static_cast<int>(std::count_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && warm->kernelspec == kernelspec && !warm->is_taken &&
           !warm->is_unwanted && warm->state != State::kEnding;
  }));
}

/// The one that is ready first. `kernelspec` empty: any.
WarmKernels::WarmPtr WarmKernels::FindIdle(const GatewayEntry& entry,
                                           const std::string& kernelspec) const {
  const auto found = std::find_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && warm->state == State::kReady && !warm->is_taken &&
           (kernelspec.empty() || warm->kernelspec == kernelspec);
  });
  return found == kernels_.end() ? nullptr : *found;
}

/// One that is ready, else one that is being started.
WarmKernels::WarmPtr WarmKernels::FindFree(const GatewayEntry& entry,
                                           const std::string& kernelspec) const {
  if (ending_ || kernelspec.empty()) return nullptr;
  if (WarmPtr idle = FindIdle(entry, kernelspec)) return idle;
  const auto found = std::find_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& warm) {
    return warm->entry == &entry && warm->kernelspec == kernelspec &&
           warm->state == State::kStarting && !warm->is_taken && !warm->is_unwanted;
  });
  return found == kernels_.end() ? nullptr : *found;
}

bool WarmKernels::HasReady(const GatewayEntry& entry, const std::string& kernelspec) const {
  return FindIdle(entry, kernelspec) != nullptr;
}

awaitable<void> WarmKernels::Start(WarmPtr warm) {
  std::optional<Error> fault;
  try {
    co_await Open(*warm);
  } catch (const Error& error) {
    fault = error;
  }
  if (fault) {
    TakeFailure(*warm, *fault);
  } else {
    ShelfOf(*warm->entry, warm->kernelspec).failures = 0;
    gateways_.NoteSuccess(*warm->entry);
    warm->state = State::kReady;
  }
  if (fault || ((warm->is_unwanted || ending_) && !warm->is_taken)) {
    co_await GiveBack(warm);
  }
  NoteChange();
}

awaitable<void> WarmKernels::Open(Warm& warm) {
  KernelOrder order;
  order.kernelspec = warm.kernelspec;
  warm.kernel = std::make_unique<OwnKernel>(executor_, store_, *warm.entry->gateway,
                                            warm.entry->facts.name, std::move(order), std::nullopt);
  co_await warm.kernel->Start();
  co_await warm.kernel->link().Open(kWarmAnswer);
  warm.kernel->RecordProcess();
  const OwnKernel* const kernel = warm.kernel.get();
  warm.kernel->Serve([this, kernel] {
    const auto lost = std::find_if(kernels_.begin(), kernels_.end(), [&](const WarmPtr& other) {
      return other->kernel.get() == kernel && other->state == State::kReady;
    });
    if (lost != kernels_.end() && !(*lost)->is_taken) Discard(*lost);
  });
}

void WarmKernels::TakeFailure(Warm& warm, const Error& fault) {
  Shelf& shelf = ShelfOf(*warm.entry, warm.kernelspec);
  shelf.retry_at =
      Clock::now() + BackoffDelay(++shelf.failures, kWarmFirstRetry, kWarmLastRetry, 1.0);
  if (fault.kind() == ErrorKind::kGatewayBusy || fault.kind() == ErrorKind::kGatewayUnreachable ||
      fault.kind() == ErrorKind::kGatewayLost) {
    gateways_.NoteFailure(*warm.entry, fault);
  } else if (shelf.failures == 1 && on_note) {
    on_note("no warm kernel: " + std::string(fault.what()));
  }
}

void WarmKernels::Discard(const WarmPtr& warm) {
  warm->state = State::kEnding;
  tasks_.Spawn(GiveBack(warm));
}

awaitable<void> WarmKernels::GiveBack(WarmPtr warm) {
  warm->state = State::kEnding;
  try {
    if (warm->kernel) co_await warm->kernel->GiveBack();
  } catch (const Error& error) {
    // It stays recorded, and is ended once its gateway answers again.
    if (error.kind() == ErrorKind::kStore && on_note) on_note(error.what());
  }
  kernels_.remove(warm);
  NoteChange();
}

/// A kernel may go without a word (gateway-protocol, section 1.1).
void WarmKernels::ProbeIdle(Clock::time_point now) {
  if (now < next_probe_) return;
  next_probe_ = now + kWarmProbeInterval;
  for (const WarmPtr& warm : kernels_) {
    if (warm->state == State::kReady && !warm->is_taken) warm->kernel->Probe();
  }
}

awaitable<std::unique_ptr<OwnKernel>> WarmKernels::Take(GatewayEntry& entry, std::string kernelspec,
                                                        std::string working_dir) {
  if (IsRoot(working_dir)) ShelfOf(entry, kernelspec).last_wanted = Clock::now();
  while (IsRoot(working_dir)) {
    const WarmPtr warm = FindFree(entry, kernelspec);
    if (!warm) break;
    Hold hold(*this, warm);
    const bool has_just_answered = warm->state == State::kStarting;
    while (warm->state == State::kStarting) co_await AwaitChange();
    if (warm->state != State::kReady) continue;
    bool answers = has_just_answered;
    if (!answers) answers = co_await warm->kernel->link().Confirm(kConfirmPatience);
    if (answers) co_return hold.Release();
    Discard(warm);
  }
  co_await MakeRoom(entry);
  co_return nullptr;
}

bool WarmKernels::GiveWay(const GatewayEntry& entry) {
  const WarmPtr idle = FindIdle(entry, "");
  if (idle) Discard(idle);
  return idle != nullptr;
}

/// The run has its place already; what is warm gives way to it.
awaitable<void> WarmKernels::MakeRoom(const GatewayEntry& entry) {
  while (RoomIn(entry) + entry.others.warm < 0 && CountFree(entry) > 0) {
    if (!GiveWay(entry)) {
      for (const WarmPtr& warm : kernels_) {
        if (warm->entry == &entry && !warm->is_taken) warm->is_unwanted = true;
      }
    }
    co_await AwaitChange();
  }
}

void WarmKernels::BeginEnd() {
  ending_ = true;
  std::vector<WarmPtr> idle;
  for (const WarmPtr& warm : kernels_) {
    if (warm->state == State::kReady && !warm->is_taken) idle.push_back(warm);
  }
  for (const WarmPtr& warm : idle) Discard(warm);
}

awaitable<void> WarmKernels::End(milliseconds patience) {
  BeginEnd();
  co_await WithTimeout(AwaitNone(), patience);
  co_await tasks_.CancelAll();
  for (const WarmPtr& warm : kernels_) {  // the next Cellar ends them
    if (warm->kernel) co_await warm->kernel->StopServing();
  }
}

awaitable<void> WarmKernels::AwaitNone() {
  while (!kernels_.empty()) {
    co_await AwaitChange();
    BeginEnd();  // one that a run let go
  }
}

awaitable<void> WarmKernels::AwaitChange() {
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await changed_.async_wait(token);
}

void WarmKernels::NoteChange() {
  changed_.cancel();
  if (on_change) on_change();
}

}  // namespace cellar
