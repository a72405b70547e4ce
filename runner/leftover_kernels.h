// Kernels that dead Cellars left behind: found in the store, ended on their gateways. Other
// people's kernels are in no store of ours, and are never touched.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "runner/config.h"
#include "runner/gateway/gateway.h"
#include "store/store.h"

namespace cellar {

/// Ends one of ours and notes that it is gone; one that is gone already is no failure. Throws
/// Error. False: it was ordered only just now and is not there; jupyter_server lists a kernel once
/// it has started, also where nobody waits for it any more. It stays recorded, as given back.
boost::asio::awaitable<bool> EndKernel(Gateway& gateway, Store& store, KernelRecord kernel);

struct KernelEnd {
  KernelRecord kernel;
  std::string fault;  // why nobody knows that it is gone; empty: it is, or
  bool may_still_come = false;
};

/// Ends each, as far as its gateway can be reached with the configuration: many at once, so that a
/// gateway that hangs holds up nothing but its own, and those for `patience`. What cannot be ended
/// stays recorded.
boost::asio::awaitable<std::vector<KernelEnd>> EndKernels(boost::asio::any_io_executor executor,
                                                          Store& store, const Config& config,
                                                          std::vector<KernelRecord> kernels,
                                                          std::chrono::milliseconds patience);

/// All that dead workers left; `note` is told what could not be ended, in one line a gateway.
boost::asio::awaitable<void> EndLeftoverKernels(boost::asio::any_io_executor executor, Store& store,
                                                const Config& config,
                                                std::function<void(const std::string& line)> note);

}  // namespace cellar
