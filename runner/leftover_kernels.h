// Kernels that dead Cellars left behind: found in the store, ended on their gateways.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "runner/config.h"
#include "runner/gateway/gateway.h"
#include "store/store.h"

namespace cellar {

/// Ends one of ours and notes that it is gone; one that is gone already is no failure. Throws
/// Error.
boost::asio::awaitable<void> EndKernel(Gateway& gateway, Store& store, KernelRecord kernel);

/// Ends each, as far as its gateway can be reached with the configuration; what cannot be ended
/// stays recorded, and `note` is told. Other people's kernels are never touched.
boost::asio::awaitable<void> EndLeftoverKernels(boost::asio::any_io_executor executor, Store& store,
                                                const Config& config,
                                                std::function<void(const std::string& line)> note);

}  // namespace cellar
