// An operation against the clock, or against another one. Boost 1.81 has no cancel_after.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace cellar {

/// Runs `operation`, and cancels it once `limit` has passed: then false. Returns only when the
/// operation has really ended, so what it refers to may go then. What it throws is thrown here,
/// unless it was cancelled for its time.
boost::asio::awaitable<bool> WithTimeout(boost::asio::awaitable<void> operation,
                                         std::chrono::milliseconds limit);

/// The same with `watch` in the clock's place: false once that has ended, also with an exception.
boost::asio::awaitable<bool> EndsBefore(boost::asio::awaitable<void> operation,
                                        boost::asio::awaitable<void> watch);

}  // namespace cellar
