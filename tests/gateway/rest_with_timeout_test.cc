#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runner/gateway/with_timeout.h"
#include "tests/gateway/await.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kForever = std::chrono::hours(1);

struct Watched {
  bool ended = false;
};

asio::awaitable<void> Return() { co_return; }

asio::awaitable<void> Throw() {
  throw std::runtime_error("from within");
  co_return;
}

// Ends late: what follows the wait takes another turn of the loop.
asio::awaitable<void> WaitForever(Watched& watched) {
  asio::steady_timer timer(co_await asio::this_coro::executor, kForever);
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const std::exception&) {
    watched.ended = true;
    throw;
  }
}

TEST(WithTimeoutTest, IsTrueWhenTheOperationEndsFirst) {
  asio::io_context io;
  EXPECT_TRUE(Await(io, WithTimeout(Return(), kForever)));
}

TEST(WithTimeoutTest, ThrowsWhatTheOperationThrows) {
  asio::io_context io;
  try {
    Await(io, WithTimeout(Throw(), kForever));
    FAIL() << "it did not throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "from within");
  }
}

TEST(WithTimeoutTest, EndsTheOperationBeforeItReturns) {
  asio::io_context io;
  Watched watched;
  EXPECT_FALSE(Await(io, WithTimeout(WaitForever(watched), milliseconds(1))));
  EXPECT_TRUE(watched.ended);
}

TEST(WithTimeoutTest, PassesACancellationOn) {
  asio::io_context io;
  Watched watched;
  asio::cancellation_signal signal;
  auto result = asio::co_spawn(io, WithTimeout(WaitForever(watched), kForever),
                               asio::bind_cancellation_slot(signal.slot(), asio::use_future));
  io.poll();
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_THROW(Finish(io, result), std::exception);
  EXPECT_TRUE(watched.ended);
}

}  // namespace
}  // namespace cellar
