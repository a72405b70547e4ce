#include "runner/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

namespace cellar {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor) : executor_(executor), ended_(executor) {}

void TaskGroup::Spawn(asio::awaitable<void> work, std::function<void()> then) {
  const int id = next_++;
  auto signal = std::make_unique<asio::cancellation_signal>();
  const auto slot = signal->slot();
  signals_[id] = std::move(signal);
  asio::co_spawn(executor_, std::move(work),
                 asio::bind_cancellation_slot(
                     slot, [this, id, then = std::move(then)](const std::exception_ptr&) {
                       signals_.erase(id);
                       ended_.cancel();
                       if (then) then();
                     }));
}

asio::awaitable<void> TaskGroup::CancelAll() {
  std::vector<int> ids;
  for (const auto& [id, signal] : signals_) ids.push_back(id);
  for (const int id : ids) {
    const auto found = signals_.find(id);
    if (found != signals_.end()) found->second->emit(asio::cancellation_type::all);
  }
  while (!signals_.empty()) {
    ended_.expires_at(asio::steady_timer::time_point::max());
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await ended_.async_wait(token);
  }
}

asio::awaitable<void> TaskGroup::AwaitAll() {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!signals_.empty()) {
    ended_.expires_at(asio::steady_timer::time_point::max());
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await ended_.async_wait(token);
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) continue;
    const asio::disable_cancellation off{};
    co_await asio::this_coro::reset_cancellation_state(off);
    co_await CancelAll();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace cellar
