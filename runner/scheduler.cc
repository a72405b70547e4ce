#include "runner/scheduler.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <limits>
#include <thread>
#include <utility>

#include "runner/attempt_settings.h"
#include "runner/cancel_outcome.h"
#include "runner/kernelspec_choice.h"
#include "runner/leftover_kernels.h"
#include "runner/wall_clock.h"
#include "store/history.h"
#include "store/run_control.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestWait(1000);  // then dead workers are looked for
constexpr std::chrono::seconds kLastWait(6);  // for leftover kernels: a server may take 5 s
constexpr std::chrono::seconds kLastWaitOfAStop(1);
constexpr std::chrono::seconds kLastWaitForWarm(3);  // that are just being started
constexpr int kLookahead = 200;                      // queued runs that are tried for a place

/// Each is a process of this machine.
int MostEmbeddedKernels() {
  return std::max(4, 2 * static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Scheduler::Scheduler(Store& store, const Config& config, SchedulerSettings settings,
                     RunListener listener)
    : store_(store),
      config_(config),
      settings_(settings),
      listener_(std::move(listener)),
      signals_(context_),
      wake_(context_),
      bell_(store),
      bell_descriptor_(context_, bell_.descriptor()),
      gateways_(context_.get_executor(), store, config),
      survey_(context_.get_executor(), gateways_),
      leftovers_(context_.get_executor(), store, config),
      warm_(context_.get_executor(), store, gateways_, config),
      sync_(context_.get_executor(), store) {
  if (settings_.side_by_side == 0) gateways_.embedded_most = MostEmbeddedKernels();
  gateways_.on_note = listener_.on_note;
  survey_.on_answer = [this] { Wake(); };
  leftovers_.on_note = listener_.on_note;
  gateways_.has_warm = [this](const GatewayEntry& entry, const std::string& kernelspec) {
    return warm_.HasReady(entry, kernelspec);
  };
  warm_.on_note = listener_.on_note;
  warm_.on_change = [this] { Wake(); };
}

Scheduler::~Scheduler() { bell_descriptor_.release(); }

void Scheduler::Run() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  AwaitSignal();
  AwaitBell();
  Adopt();
  Spawn(Work());
  context_.run();
  if (fault_) std::rethrow_exception(fault_);
}

void Scheduler::Spawn(awaitable<void> work) {
  ++spawned_;
  asio::co_spawn(context_, std::move(work), [this](std::exception_ptr fault) {
    if (fault && !fault_) fault_ = fault;
    --spawned_;
    Wake();
    if (spawned_ > 0) return;
    signals_.cancel();
    bell_descriptor_.cancel();
    gateways_.StopEmbedded();
    sync_.Stop();
  });
}

awaitable<void> Scheduler::Work() {
  std::exception_ptr fault;
  try {
    co_await Turn();
  } catch (...) {
    fault = std::current_exception();
  }
  if (fault || fault_) co_await EndAll();
  co_await survey_.Stop();
  co_await warm_.End(kLastWaitForWarm);
  co_await leftovers_.Stop(signal_ == 0 ? kLastWait : kLastWaitOfAStop);
  if (fault) std::rethrow_exception(fault);
}

/// After a fault of our own: as after a signal, without the store.
awaitable<void> Scheduler::EndAll() {
  BeginStop();
  if (!grace_end_) grace_end_ = Clock::now() + settings_.grace;
  while (!active_.empty()) {
    if (!grace_over_ && Clock::now() >= *grace_end_) EndGrace();
    co_await Sleep(grace_over_ ? Clock::now() + kLongestWait : *grace_end_);
  }
}

awaitable<void> Scheduler::Turn() {
  while (!fault_) {
    const auto pause = on_turn ? std::min(on_turn(), kLongestWait) : kLongestWait;
    StopCancelled();
    if (signal_ == 0) {
      EndAbandoned();
      Adopt();
      gateways_.LookAround();
      Dispatch();
      survey_.Look();
      leftovers_.Look();
      warm_.TopUp(settings_.drain ? unplaced_ : std::numeric_limits<int>::max());
    }
    if (IsDone()) co_return;
    if (grace_end_ && !grace_over_ && Clock::now() >= *grace_end_) EndGrace();
    co_await Wait(pause);
  }
}

bool Scheduler::IsDone() const {
  if (!active_.empty()) return false;
  if (signal_ != 0) return true;
  if (!settings_.drain) return false;
  return nothing_to_place_ || QueuedRuns(store_, WallClock(), 1).empty();
}

bool Scheduler::HasRoom() const {
  return settings_.side_by_side == 0 || static_cast<int>(active_.size()) < settings_.side_by_side;
}

/// In the order of the queue; a run that has no place now lets those behind it pass. Behind as many
/// as are looked at only those are sought that want another gateway, where one has room.
void Scheduler::Dispatch() {
  if (!HasRoom()) return;  // unplaced_: as it was
  const std::vector<ReadyRun> ready = ReadyRuns(store_, WallClock(), kLookahead);
  unplaced_ = static_cast<int>(ready.size());
  std::set<std::string> without_place;
  bool can_any = Place(ready, &without_place);
  const bool is_far_due = Clock::now() >= next_far_look_ || !can_any;
  if (std::ssize(ready) == kLookahead && HasRoom() && is_far_due && gateways_.HasRoom()) {
    next_far_look_ = Clock::now() + kLongestWait;
    const std::vector<ReadyRun> behind = ReadyRuns(store_, WallClock(), kLookahead, without_place);
    unplaced_ += static_cast<int>(behind.size());
    can_any = Place(behind, &without_place) || can_any;
  }
  nothing_to_place_ = !ready.empty() && !can_any;
}

/// Whether one of them can ever run here. `without_place`: the wishes of those that cannot now.
bool Scheduler::Place(const std::vector<ReadyRun>& ready, std::set<std::string>* without_place) {
  bool can_any = false;
  for (const ReadyRun& run : ready) {
    if (!HasRoom()) return true;
    if (active_.contains(run.run)) {  // its last attempt still gives its kernel back
      can_any = true;
      continue;
    }
    PlaceWish wish;
    wish.kernelspec = run.kernelspec;
    wish.language = run.language;
    wish.labels = run.requires_labels;
    GatewaySet::Offer offer = gateways_.TryEnter(run.gateway, std::move(wish));
    can_any = can_any || offer.can_ever;
    if (offer.place) {
      Begin(run, *std::move(offer.place));
    } else {
      without_place->insert(run.gateway);
      NoteWaiting(run, offer);
    }
  }
  return can_any;
}

void Scheduler::Begin(const ReadyRun& ready, KernelPlace place) {
  noted_.erase(ready.run);
  std::optional<Claim> claim = store_.ClaimRun(ready.run, WallClock(), place.claim_place());
  if (!claim) {  // another worker was faster: it has the run, or the place
    gateways_.LookAround();
    return;
  }
  --unplaced_;
  active_[ready.run].is_embedded = place.is_embedded();
  listener_.on_begin(ready.run, ready.job);
  Spawn(RunOne(std::move(*claim), std::move(place), std::nullopt));
}

/// What waits for good is worth a line; what waits for a free kernel is what queues are for.
void Scheduler::NoteWaiting(const ReadyRun& ready, const GatewaySet::Offer& offer) {
  if (offer.can_ever) return;
  std::string& noted = noted_[ready.run];
  if (noted == offer.waits_for) return;
  noted = offer.waits_for;
  listener_.on_note("run " + std::to_string(ready.run.value) + " waits: no gateway has " +
                    offer.waits_for);
}

/// Another worker may know a gateway that this one does not.
bool Scheduler::MayGoOnWith(RunId run, const std::string& gateway) {
  if (gateway.empty()) return true;
  const std::optional<std::string> why_not = gateways_.WhyUnusable(gateway);
  if (why_not && std::exchange(noted_[run], *why_not) != *why_not) {
    listener_.on_note(
        fmt::format("run {}: its worker is gone, and it waits for one that can go on "
                    "with it: {}; `cellar cancel {}` gives it up",
                    run.value, *why_not, run.value));
  }
  return !why_not;
}

/// What a `cellar run` left that was killed: nobody goes on with it, and it has its kernel's place.
void Scheduler::EndAbandoned() {
  for (const RunId run : store_.EndAttemptsOfDeadWorkers(WallClock())) {
    leftovers_.LookSoon();
    listener_.on_note("run " + std::to_string(run.value) + ": " + FindRun(store_, run)->message);
  }
}

void Scheduler::Adopt() {
  const MayAdopt may_adopt = [this](RunId run, const std::string& gateway) {
    return MayGoOnWith(run, gateway);
  };
  for (AdoptedAttempt& adopted : AdoptAttempts(store_, WallClock(), WorkersOf::kQueue, may_adopt)) {
    const RunId run = adopted.claim.run;
    const std::string name = adopted.kernel ? adopted.kernel->gateway : adopted.place.gateway;
    KernelPlace place = gateways_.EnterAgain(name.empty() ? kEmbeddedName : name);
    place.NoteKernel();
    listener_.on_note("run " + std::to_string(run.value) + ": taken over from " +
                      adopted.former_worker);
    active_[run].is_embedded = place.is_embedded();
    Claim claim = adopted.claim;
    Spawn(RunOne(std::move(claim), std::move(place), std::move(adopted)));
  }
}

awaitable<void> Scheduler::RunOne(Claim claim, KernelPlace place,
                                  std::optional<AdoptedAttempt> adopted) {
  const RunId run = claim.run;
  std::exception_ptr fault;
  try {
    co_await RunClaim(std::move(claim), std::move(place), std::move(adopted));
  } catch (...) {
    fault = std::current_exception();
  }
  active_.erase(run);  // nobody stops what is gone
  if (fault) std::rethrow_exception(fault);
  listener_.on_end(run);
}

awaitable<void> Scheduler::RunClaim(Claim claim, KernelPlace place,
                                    std::optional<AdoptedAttempt> adopted) {
  const RunId run = claim.run;
  const bool begins = !adopted || !adopted->kernel_start;  // with a kernel of its own
  std::optional<Error> fault;
  try {
    co_await gateways_.Prepare(place.entry());
    if (adopted && begins && adopted->kernel) {
      co_await EndUnused(place.gateway(), *adopted->kernel);
    }
    if (begins) claim.job.kernel = co_await ChooseKernelspec(place.gateway(), claim.job);
  } catch (const Error& error) {
    fault = error;
  }
  const std::string job_file = FindRun(store_, run).value().job_file;
  AttemptSettings settings = SettingsFor(place, claim.job, job_file, config_);
  settings.leaves_unplaced = true;
  settings.sync = &sync_;
  settings.unready = std::move(fault);
  if (begins && !settings.unready) UseWarm(claim, place.entry(), &settings);
  Attempt attempt(context_.get_executor(), store_, std::move(claim), place.gateway(), settings);
  if (adopted) attempt.GoOnWith(std::move(*adopted));
  co_await RunAttempt(attempt, place);
}

/// Nothing has run on it. What cannot be ended now the sweep of the leftover kernels ends.
awaitable<void> Scheduler::EndUnused(Gateway& gateway, KernelRecord kernel) {
  try {
    co_await EndKernel(gateway, store_, kernel);
    co_return;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStore) throw;
  }
  store_.RecordKernelReleasing(kernel.row);
}

/// The embedded gateway has none; to other kernels the run's place goes before theirs.
void Scheduler::UseWarm(const Claim& claim, GatewayEntry& entry, AttemptSettings* settings) {
  if (entry.is_embedded) return;
  std::string kernelspec = claim.job.kernel;
  if (entry.kernelspecs) {
    kernelspec = KernelspecFor(*entry.kernelspecs, kernelspec, claim.job.language).value_or("");
  }
  settings->find_warm = [this, &entry, kernelspec, working_dir = settings->working_dir] {
    return warm_.Take(entry, kernelspec, working_dir);
  };
}

awaitable<void> Scheduler::RunAttempt(Attempt& attempt, KernelPlace& place) {
  const RunId run = attempt.run();
  attempt.on_note = listener_.on_note;
  attempt.on_cell_end = [this, run](int cell, const std::string& name, const CellEnd& end) {
    listener_.on_cell_end(run, cell, name, end);
  };
  active_[run].attempt = &attempt;
  attempt.on_kernel = [this, &place] {
    place.NoteKernel();
    Wake();  // what is warm is topped up
  };
  if (signal_ != 0) BeginStop();
  if (grace_over_) EndNow(active_[run]);
  co_await attempt.Run();
  active_[run].attempt = nullptr;
  if (attempt.unplaced()) {
    if (attempt.unplaced()->kind() == ErrorKind::kGatewayBusy) warm_.GiveWay(place.entry());
    gateways_.NoteFailure(place.entry(), *attempt.unplaced());
  } else if (attempt.outcome().reason != RunReason::kGatewayUnreachable &&
             attempt.outcome().reason != RunReason::kGatewayLost) {
    gateways_.NoteSuccess(place.entry());
  }
}

void Scheduler::StopCancelled() {
  for (const CancelRequest& request : CancelRequests(store_)) {
    const auto found = active_.find(request.run);
    if (found == active_.end() || found->second.attempt == nullptr) continue;
    found->second.attempt->Stop(CancelledAs(request.reason));
  }
}

awaitable<void> Scheduler::Wait(std::chrono::milliseconds longest) {
  auto until = Clock::now() + longest;
  if (const auto due = NextDue(store_, WallClock())) {
    until = std::min(until, Clock::now() + std::max(*due - WallClock(), TimePoint::duration(1)));
  }
  const auto retry = signal_ == 0 ? gateways_.NextRetry() : std::nullopt;
  if (retry) until = std::min(until, *retry);
  if (grace_end_ && !grace_over_) until = std::min(until, *grace_end_);
  co_await Sleep(until);
}

awaitable<void> Scheduler::Sleep(Clock::time_point until) {
  if (!awake_) {
    wake_.expires_at(until);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await wake_.async_wait(token);
  }
  awake_ = false;
}

void Scheduler::Wake() {
  awake_ = true;
  wake_.cancel();
}

void Scheduler::AwaitBell() {
  bell_descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& error) {
                                if (error) return;
                                bell_.Listen();
                                Wake();
                                AwaitBell();
                              });
}

/// The first lets go in order, the second at once: the store is whole at any time.
void Scheduler::AwaitSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (signal_ != 0) _exit(128 + number);
    signal_ = number;
    grace_end_ = Clock::now() + settings_.grace;
    warm_.BeginEnd();
    if (!settings_.drain_on_stop) NoteHandOver();
    BeginStop();
    Wake();
    AwaitSignal();
  });
}

/// Running cells are left to the next worker; those on the embedded gateway, which ends with us,
/// have the grace to end.
void Scheduler::BeginStop() {
  if (settings_.drain_on_stop) return;
  for (auto& [run, active] : active_) {
    if (active.attempt != nullptr && !active.is_embedded) active.attempt->LetGo();
  }
}

void Scheduler::EndGrace() {
  grace_over_ = true;
  if (signal_ != 0 && settings_.drain_on_stop) NoteHandOver();
  for (auto& [run, active] : active_) EndNow(active);
}

/// One whose gateway is still being made ready is ended once that is.
void Scheduler::EndNow(const Active& active) {
  if (active.attempt == nullptr) return;
  if (active.is_embedded) {
    active.attempt->Stop({RunState::kFailed, RunReason::kInterrupted, "its worker was stopped"});
  } else {
    active.attempt->LetGo();
  }
}

/// A store that fails is met by the attempts, too; the next worker then takes us for dead.
void Scheduler::NoteHandOver() {
  try {
    HandOver(store_, WallClock());
  } catch (const Error& error) {
    listener_.on_note(error.what());
  }
}

std::vector<Scheduler::GatewayNews> Scheduler::GatewaysNow() {
  std::vector<GatewayNews> news;
  for (const GatewayEntry* entry : gateways_.Entries()) {
    const std::string state = entry->is_full ? "full" : entry->failures > 0 ? "away" : "ready";
    news.push_back({entry->facts.name, state});
  }
  return news;
}

}  // namespace cellar
