// Runs coroutines of the product on a test's own thread, with a generous bound.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

#include "jobs/error.h"

namespace cellar {

inline constexpr std::chrono::minutes kBound{1};

/// Begins `work`; Finish waits for it. Several may be under way.
template <typename T>
std::future<T> Begin(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  return boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
}

/// Runs `io` until `done()`.
template <typename Condition>
void RunUntil(boost::asio::io_context& io, Condition done) {
  const auto deadline = std::chrono::steady_clock::now() + kBound;
  io.restart();
  while (!done()) {
    if (io.run_one_for(std::chrono::milliseconds(10)) == 0) io.restart();
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("test: nothing came of it within a minute");
    }
  }
}

template <typename T>
T Finish(boost::asio::io_context& io, std::future<T>& result) {
  RunUntil(io,
           [&] { return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  return result.get();
}

template <typename T>
T Await(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  auto result = Begin(io, std::move(work));
  return Finish(io, result);
}

/// What `work` throws; fails the test when it does not.
template <typename Work>
Error ErrorOf(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("test: no Error was thrown");
}

}  // namespace cellar
