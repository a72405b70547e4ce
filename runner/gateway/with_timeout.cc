#include "runner/gateway/with_timeout.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cellar {

namespace asio = boost::asio;

// `wait_for_one`: an operation that throws ends the race too; the other one is cancelled, and the
// group is done when both are.
asio::awaitable<bool> WithTimeout(asio::awaitable<void> operation,
                                  std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto race = asio::experimental::make_parallel_group(
                  asio::co_spawn(executor, std::move(operation), asio::deferred),
                  timer.async_wait(asio::deferred))
                  .async_wait(asio::experimental::wait_for_one(), asio::deferred);
  const auto [order, failure, timer_error] = co_await std::move(race)(asio::use_awaitable);
  if (order[0] == 1 && !timer_error) co_return false;
  if (failure) std::rethrow_exception(failure);
  co_return true;
}

asio::awaitable<bool> EndsBefore(asio::awaitable<void> operation, asio::awaitable<void> watch) {
  const auto executor = co_await asio::this_coro::executor;
  auto race = asio::experimental::make_parallel_group(
                  asio::co_spawn(executor, std::move(operation), asio::deferred),
                  asio::co_spawn(executor, std::move(watch), asio::deferred))
                  .async_wait(asio::experimental::wait_for_one(), asio::deferred);
  const auto [order, failure, watch_failure] = co_await std::move(race)(asio::use_awaitable);
  if (order[0] == 1) co_return false;
  if (failure) std::rethrow_exception(failure);
  co_return true;
}

}  // namespace cellar
