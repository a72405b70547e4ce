// A turnstile for coroutines on one thread: one is inside, the others wait in the order they came.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

namespace cellar {

class OneAtATime {
 public:
  explicit OneAtATime(boost::asio::any_io_executor executor);
  ~OneAtATime();

  /// Gives the place free when it goes. It may outlive the turnstile.
  class Turn {
   public:
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    friend class OneAtATime;
    struct State;
    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  /// May be cancelled while it waits.
  boost::asio::awaitable<Turn> Enter();

 private:
  std::shared_ptr<Turn::State> state_;
};

}  // namespace cellar
