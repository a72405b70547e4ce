// Runs jobs now, side by side: from a loaded job to its ended run. Obeys who cancels one from
// another process, and waits its turn behind runs of the same concurrency key.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/error.h"
#include "runner/attempt.h"
#include "runner/config.h"
#include "runner/gateway_set.h"
#include "runner/job_loading.h"
#include "store/bell.h"

namespace cellar {

class JobRunner {
 public:
  JobRunner(Store& store, const Config& config, bool strict_outputs);
  ~JobRunner();

  std::function<void(RunId run, const std::string& job)> on_submitted;
  std::function<void(RunId run, int cell, const std::string& name, const CellEnd& end)> on_cell_end;
  std::function<void(const std::string& line)> on_note;
  std::function<void(const std::string& line)> on_wait;  // what a run waits for
  std::function<void(RunId run)> on_run_end;

  /// All of `jobs`, at most `side_by_side` at once. Returns the runs in the order of the jobs;
  /// those that a signal kept from being submitted are missing.
  std::vector<RunId> Run(std::vector<LoadedJob> jobs, int side_by_side);

  /// The signal that stopped it; 0: none.
  int signal() const { return signal_; }

 private:
  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> RunJob(const LoadedJob& loaded);
  boost::asio::awaitable<void> RunAttempts(RunId run, const LoadedJob& loaded);
  boost::asio::awaitable<bool> AwaitTurn(RunId run);
  boost::asio::awaitable<void> RunAttempt(RunId run, const LoadedJob& loaded);
  boost::asio::awaitable<void> Pause(RunId run, std::chrono::milliseconds length);
  boost::asio::awaitable<void> AwaitNews(std::chrono::steady_clock::time_point until);
  void EndAbandoned();
  bool MayWaitFor(const GatewayEntry& full, RunId run, bool* is_noted);
  bool IsWanted(RunId run) const;
  void StopCancelled();
  void Wake();
  void AwaitBell();
  void AwaitSignal();
  void Spawn(boost::asio::awaitable<void> work);
  void TakeEnd(std::exception_ptr fault);
  std::optional<std::chrono::milliseconds> EndUnstarted(const Claim& claim,
                                                        const std::optional<Error>& fault);
  void NoteRetry(RunId run, const std::string& why);

  Store& store_;
  const Config& config_;
  bool strict_outputs_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_;
  Bell bell_;
  boost::asio::posix::stream_descriptor bell_descriptor_;
  GatewaySet gateways_;
  std::set<boost::asio::steady_timer*> waits_;  // of those who wait for news; these end them
  std::deque<LoadedJob> waiting_;
  std::set<Attempt*> attempts_;
  std::vector<RunId> runs_;
  std::exception_ptr fault_;
  int active_ = 0;
  int signal_ = 0;
};

}  // namespace cellar
