// Takes runs from the queue and gives each a kernel on one of the gateways, as many at once as
// those allow; goes on with what dead workers left; ends what somebody wants to end. What `work`
// and `serve` do. One thread; everything that happens wakes one loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/error.h"
#include "runner/attempt.h"
#include "runner/config.h"
#include "runner/gateway_set.h"
#include "runner/gateway_survey.h"
#include "runner/group_sync.h"
#include "runner/leftover_sweep.h"
#include "runner/warm_kernels.h"
#include "store/adoption.h"
#include "store/bell.h"
#include "store/queue.h"

namespace cellar {

struct SchedulerSettings {
  bool drain = false;          // until the queue is empty
  bool drain_on_stop = false;  // the first signal lets running runs end
  int side_by_side = 0;        // runs at once; 0: as many as the gateways allow
  std::chrono::milliseconds grace = std::chrono::seconds(30);  // after the first signal
};

/// What happens, for those who say it.
struct RunListener {
  std::function<void(RunId run, const std::string& job)> on_begin;
  std::function<void(RunId run, int cell, const std::string& name, const CellEnd& end)> on_cell_end;
  std::function<void(RunId run)> on_end;  // of an attempt: the store says what became of the run
  std::function<void(const std::string& line)> on_note;
};

class Scheduler {
 public:
  Scheduler(Store& store, const Config& config, SchedulerSettings settings, RunListener listener);
  ~Scheduler();

  /// Asked at each turn of the loop, also while that comes to its end. The next turn is as much
  /// later as it returns, at most. What it throws ends the loop.
  std::function<std::chrono::milliseconds()> on_turn;

  /// Until it is drained or stopped by a signal. Throws Error when the store fails.
  void Run();

  std::size_t running() const { return active_.size(); }

  struct GatewayNews {
    std::string name;
    std::string state;  // "ready", "full", "away"
  };
  /// Of those that runs were to be placed on so far.
  std::vector<GatewayNews> GatewaysNow();

  /// The signal that stopped it; 0: none.
  int signal() const { return signal_; }

 private:
  struct Active {
    Attempt* attempt = nullptr;  // nullptr: before its gateway is ready
    bool is_embedded = false;
  };

  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> Turn();
  boost::asio::awaitable<void> EndAll();
  boost::asio::awaitable<void> RunOne(Claim claim, KernelPlace place,
                                      std::optional<AdoptedAttempt> adopted);
  boost::asio::awaitable<void> RunClaim(Claim claim, KernelPlace place,
                                        std::optional<AdoptedAttempt> adopted);
  boost::asio::awaitable<void> RunAttempt(Attempt& attempt, KernelPlace& place);
  void Dispatch();
  bool Place(const std::vector<ReadyRun>& ready, std::set<std::string>* without_place);
  void Begin(const ReadyRun& ready, KernelPlace place);
  boost::asio::awaitable<void> EndUnused(Gateway& gateway, KernelRecord kernel);
  void UseWarm(const Claim& claim, GatewayEntry& entry, AttemptSettings* settings);
  bool MayGoOnWith(RunId run, const std::string& gateway);
  void EndAbandoned();
  void Adopt();
  void StopCancelled();
  bool IsDone() const;
  bool HasRoom() const;
  void NoteWaiting(const ReadyRun& ready, const GatewaySet::Offer& offer);
  void Spawn(boost::asio::awaitable<void> work);
  boost::asio::awaitable<void> Wait(std::chrono::milliseconds longest);
  boost::asio::awaitable<void> Sleep(std::chrono::steady_clock::time_point until);
  void Wake();
  void AwaitBell();
  void AwaitSignal();
  void BeginStop();
  void EndGrace();
  void EndNow(const Active& active);
  void NoteHandOver();

  Store& store_;
  const Config& config_;
  SchedulerSettings settings_;
  RunListener listener_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer wake_;
  bool awake_ = false;
  Bell bell_;
  boost::asio::posix::stream_descriptor bell_descriptor_;
  GatewaySet gateways_;
  GatewaySurvey survey_;
  LeftoverSweep leftovers_;
  WarmKernels warm_;
  GroupSync sync_;
  std::map<RunId, Active> active_;
  std::map<RunId, std::string> noted_;  // what a queued run waits for, as it was last said
  std::optional<std::chrono::steady_clock::time_point> grace_end_;
  std::chrono::steady_clock::time_point next_far_look_;
  bool grace_over_ = false;
  int signal_ = 0;
  int unplaced_ = 0;               // runs that could begin if there was a place, when last looked
  bool nothing_to_place_ = false;  // what is queued can go to no gateway of ours
  std::exception_ptr fault_;
  int spawned_ = 0;
};

}  // namespace cellar
