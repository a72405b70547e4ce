#include "runner/job_runner.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "jobs/error.h"
#include "runner/attempt_settings.h"
#include "runner/cancel_outcome.h"
#include "runner/leftover_kernels.h"
#include "runner/retry_plan.h"
#include "runner/wall_clock.h"
#include "store/history.h"
#include "store/queue.h"
#include "store/run_control.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::chrono::seconds kLongestTurn(1);  // then dead workers are looked for

const Outcome kStopped{RunState::kCancelled, RunReason::kByUser, "stopped by a signal"};

}  // namespace

JobRunner::JobRunner(Store& store, const Config& config, bool strict_outputs)
    : store_(store),
      config_(config),
      strict_outputs_(strict_outputs),
      signals_(context_),
      bell_(store),
      bell_descriptor_(context_, bell_.descriptor()),
      gateways_(context_.get_executor(), store, config) {}

JobRunner::~JobRunner() { bell_descriptor_.release(); }

std::vector<RunId> JobRunner::Run(std::vector<LoadedJob> jobs, int side_by_side) {
  waiting_.assign(std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  AwaitSignal();
  AwaitBell();
  Spawn(EndLeftoverKernels(context_.get_executor(), store_, config_, on_note));
  const int workers = std::min<int>(side_by_side, static_cast<int>(waiting_.size()));
  for (int i = 0; i < workers; ++i) Spawn(Work());
  context_.run();
  if (fault_) std::rethrow_exception(fault_);
  return runs_;
}

void JobRunner::Spawn(awaitable<void> work) {
  ++active_;
  asio::co_spawn(context_, std::move(work), [this](std::exception_ptr fault) { TakeEnd(fault); });
}

void JobRunner::TakeEnd(std::exception_ptr fault) {
  if (fault && !fault_) fault_ = fault;
  if (--active_ > 0) return;
  signals_.cancel();
  bell_descriptor_.cancel();
  gateways_.StopEmbedded();
}

/// The first lets go in order, the second at once: the store is whole at any time, and the next
/// Cellar ends the kernels.
void JobRunner::AwaitSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (signal_ != 0) _exit(128 + number);
    signal_ = number;
    waiting_.clear();
    for (Attempt* attempt : attempts_) attempt->Stop(kStopped);
    Wake();
    AwaitSignal();
  });
}

/// Somebody submitted, cancelled or ended a run, here or elsewhere.
void JobRunner::AwaitBell() {
  bell_descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& error) {
                                if (error) return;
                                bell_.Listen();
                                StopCancelled();
                                Wake();
                                AwaitBell();
                              });
}

void JobRunner::StopCancelled() {
  try {
    for (const CancelRequest& request : CancelRequests(store_)) {
      for (Attempt* attempt : attempts_) {
        if (attempt->run() == request.run) attempt->Stop(CancelledAs(request.reason));
      }
    }
  } catch (const Error&) {  // the attempts meet a store that fails by themselves
  }
}

void JobRunner::Wake() {
  for (asio::steady_timer* wait : waits_) wait->cancel();
  gateways_.LookAgain();
}

awaitable<void> JobRunner::Work() {
  while (!waiting_.empty()) {
    const LoadedJob loaded = std::move(waiting_.front());
    waiting_.pop_front();
    co_await RunJob(loaded);
  }
}

awaitable<void> JobRunner::RunJob(const LoadedJob& loaded) {
  NewRun submission = SubmissionOf(loaded);
  submission.foreground = true;
  const RunId run = store_.AddRun(submission, WallClock());
  runs_.push_back(run);
  on_submitted(run, loaded.job.name);
  co_await RunAttempts(run, loaded);
  on_run_end(run);
}

/// Until the run has ended: a signal ends it also while it waits.
awaitable<void> JobRunner::RunAttempts(RunId run, const LoadedJob& loaded) {
  bool has_turn = co_await AwaitTurn(run);  // not in the loop's head: g++ 12 makes a trap of it
  while (has_turn) {
    co_await RunAttempt(run, loaded);
    has_turn = co_await AwaitTurn(run);
  }
}

/// False: it has ended. True when it may be claimed: as few runs of its concurrency key run as
/// must.
awaitable<bool> JobRunner::AwaitTurn(RunId run) {
  std::optional<RunId> noted;
  while (true) {
    EndAbandoned();
    if (signal_ != 0) CancelRun(store_, run, WallClock());
    const std::optional<QueuePlace> place = FindQueuePlace(store_, run, WallClock());
    if (!place) co_return false;
    if (place->reason != WaitReason::kConcurrency) co_return true;
    if (place->run != noted) {
      noted = place->run;
      on_wait("run " + std::to_string(run.value) + " waits: run " +
              std::to_string(place->run->value) + " of " + place->key + " is running");
    }
    co_await AwaitNews(std::chrono::steady_clock::now() + kLongestTurn);
  }
}

/// One claim and what becomes of it. The run is claimed once there is a place for it; another
/// process may have been faster, or have cancelled it.
awaitable<void> JobRunner::RunAttempt(RunId run, const LoadedJob& loaded) {
  std::optional<KernelPlace> place;
  std::optional<Error> fault;
  std::string kernelspec;
  try {
    const std::function<bool(const GatewayEntry&)> may_wait =
        [this, run, is_noted = false](const GatewayEntry& full) mutable {
          return MayWaitFor(full, run, &is_noted);
        };
    auto entered = co_await gateways_.Enter(loaded.job, may_wait);
    if (!entered) co_return;
    place.emplace(std::move(*entered));
    kernelspec = co_await ChooseKernelspec(place->gateway(), loaded.job);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStore) throw;
    fault = error;
  }
  const ClaimPlace claim_place = place ? place->claim_place() : ClaimPlace{};
  std::optional<Claim> claim = store_.ClaimRun(run, WallClock(), claim_place);
  if (!claim) {
    place.reset();
    if (IsWanted(run)) co_await AwaitNews(std::chrono::steady_clock::now() + kLongestTurn);
    co_return;
  }
  if (fault || signal_ != 0) {
    place.reset();
    const auto pause = EndUnstarted(*claim, fault);
    if (pause) co_await Pause(run, *pause);
    co_return;
  }
  claim->job.kernel = kernelspec;
  AttemptSettings settings =
      SettingsFor(*place, claim->job, SubmissionOf(loaded).job_file, config_);
  settings.strict_outputs = strict_outputs_;
  std::optional<std::chrono::milliseconds> pause;
  {
    Attempt attempt(context_.get_executor(), store_, std::move(*claim), place->gateway(), settings);
    attempt.on_note = on_note;
    attempt.on_cell_end = [this, run](int cell, const std::string& name, const CellEnd& end) {
      on_cell_end(run, cell, name, end);
    };
    std::exception_ptr failure;
    attempts_.insert(&attempt);
    try {
      co_await attempt.Run();
    } catch (...) {
      failure = std::current_exception();
    }
    attempts_.erase(&attempt);  // nobody stops what is gone
    if (failure) std::rethrow_exception(failure);
    pause = attempt.retry_delay();
    if (pause) NoteRetry(run, attempt.outcome().message);
  }
  place.reset();
  if (pause) co_await Pause(run, *pause);
}

/// What a `run` left that was killed: it may be what is waited for.
void JobRunner::EndAbandoned() {
  if (store_.EndAttemptsOfDeadWorkers(WallClock()).empty()) return;
  Spawn(EndLeftoverKernels(context_.get_executor(), store_, config_, on_note));
}

/// For a place on a gateway.
bool JobRunner::MayWaitFor(const GatewayEntry& full, RunId run, bool* is_noted) {
  if (!IsWanted(run)) return false;
  EndAbandoned();
  if (full.others.of_runs > 0 && !std::exchange(*is_noted, true)) {
    on_wait("run " + std::to_string(run.value) + " waits: gateway " + full.facts.name +
            " has max_kernels = " + std::to_string(*full.facts.max_kernels) +
            ", and other Cellars' runs");
  }
  return true;
}

/// Before another attempt; ended by whoever ends the run.
awaitable<void> JobRunner::Pause(RunId run, std::chrono::milliseconds length) {
  const auto until = std::chrono::steady_clock::now() + length;
  while (std::chrono::steady_clock::now() < until && IsWanted(run)) {
    co_await AwaitNews(until);
  }
}

awaitable<void> JobRunner::AwaitNews(std::chrono::steady_clock::time_point until) {
  asio::steady_timer timer(context_, until);
  waits_.insert(&timer);
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
  waits_.erase(&timer);
}

bool JobRunner::IsWanted(RunId run) const {
  if (signal_ != 0) return false;
  const std::optional<RunRecord> record = FindRun(store_, run);
  return record && record->state == RunState::kQueued;
}

/// No gateway, no kernelspec, a signal: the attempt ends before it has a kernel.
std::optional<std::chrono::milliseconds> JobRunner::EndUnstarted(
    const Claim& claim, const std::optional<Error>& fault) {
  AttemptWriter writer(store_, claim.attempt, config_.output_per_cell);
  AttemptEnd end;
  end.state = signal_ != 0 ? RunState::kCancelled : RunState::kFailed;
  end.reason = signal_ != 0 ? RunReason::kByUser : ReasonOf(fault->kind());
  end.message = signal_ != 0 ? kStopped.message : fault->what();
  const auto pause = PlanRetry(store_, claim, &end, on_note);
  writer.End(end, WallClock());
  if (pause) NoteRetry(claim.run, end.message);
  return pause;
}

void JobRunner::NoteRetry(RunId run, const std::string& why) {
  on_note("run " + std::to_string(run.value) + ": " + why + "; trying again");
}

}  // namespace cellar
