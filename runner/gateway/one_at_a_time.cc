#include "runner/gateway/one_at_a_time.h"

#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cellar {

namespace asio = boost::asio;

// A channel with room for one: whoever has put something in is inside.
struct OneAtATime::Turn::State {
  explicit State(asio::any_io_executor executor) : place(executor, 1) {}
  asio::experimental::channel<void(boost::system::error_code)> place;
};

OneAtATime::Turn::~Turn() {
  if (!state_) return;
  state_->place.try_receive([](boost::system::error_code) {});
}

OneAtATime::OneAtATime(asio::any_io_executor executor)
    : state_(std::make_shared<Turn::State>(std::move(executor))) {}

OneAtATime::~OneAtATime() = default;

asio::awaitable<OneAtATime::Turn> OneAtATime::Enter() {
  const auto state = state_;
  const boost::system::error_code nothing;
  co_await state->place.async_send(nothing, asio::use_awaitable);
  co_return Turn(state);
}

}  // namespace cellar
