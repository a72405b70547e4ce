// Keeps a worker's store clear of kernels that nobody uses, for as long as the worker lives: those
// of workers that died, at once and again where a gateway was away, and its own that were given
// back without waiting for the gateway's answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runner/config.h"
#include "runner/leftover_kernels.h"
#include "runner/task_group.h"
#include "store/store.h"

namespace cellar {

class LeftoverSweep {
 public:
  LeftoverSweep(boost::asio::any_io_executor executor, Store& store, const Config& config);

  /// What a person should hear: one line when a gateway begins to fail.
  std::function<void(const std::string& line)> on_note;

  /// Looks, when it is time again. To be called at least every few seconds.
  void Look();

  /// The next look is not put off: a worker was just found dead.
  void LookSoon() { next_look_ = {}; }

  /// Waits for the answers of what has been asked to end, so long; to be awaited before this goes.
  boost::asio::awaitable<void> Stop(std::chrono::milliseconds patience);

 private:
  struct Failing {
    int times = 0;  // in a row
    std::chrono::steady_clock::time_point retry_at;
  };

  std::vector<KernelRecord> Unused();
  boost::asio::awaitable<void> End(std::vector<KernelRecord> kernels);
  void Take(const std::vector<KernelEnd>& ends);

  boost::asio::any_io_executor executor_;
  Store& store_;
  const Config& config_;
  TaskGroup tasks_;
  std::chrono::steady_clock::time_point next_look_;
  std::set<KernelRowId> given_back_;        // by this worker, when it last looked
  std::set<KernelRowId> being_ended_;       // just now
  std::map<std::string, Failing> failing_;  // by gateway
};

}  // namespace cellar
