// Coroutines that run beside their owner, and are ended with it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

namespace cellar {

class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);

  /// Starts `work`; `then` is called when it has ended, however. What it throws is dropped: whoever
  /// spawns lets the work itself say what went wrong.
  void Spawn(boost::asio::awaitable<void> work, std::function<void()> then = nullptr);

  /// Returns once every one has really ended. To be awaited before the group goes.
  boost::asio::awaitable<void> CancelAll();
  /// The same, and leaves them their time; when it is cancelled itself, they are too.
  boost::asio::awaitable<void> AwaitAll();

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer ended_;
  std::map<int, std::unique_ptr<boost::asio::cancellation_signal>> signals_;
  int next_ = 0;
};

}  // namespace cellar
