#include "runner/group_sync.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "store/sync.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::chrono::milliseconds kSoon(50);

}  // namespace

GroupSync::GroupSync(asio::any_io_executor executor, Store& store)
    : store_(store),
      done_(executor, asio::steady_timer::time_point::max()),
      turn_(executor),
      soon_(executor) {}

awaitable<void> GroupSync::Await() {
  const std::uint64_t mine = ++asked_;
  Schedule();
  while (synced_ < mine) {
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await done_.async_wait(token);
  }
  if (fault_) throw Error(*fault_);
}

void GroupSync::Schedule() {
  if (std::exchange(is_scheduled_, true)) return;
  turn_.expires_after(std::chrono::steady_clock::duration::zero());
  turn_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Sync();
  });
}

void GroupSync::Soon() {
  if (std::exchange(is_due_soon_, true)) return;
  soon_.expires_after(kSoon);
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error && is_due_soon_) Sync();
  });
}

void GroupSync::Sync() {
  is_scheduled_ = false;
  is_due_soon_ = false;
  soon_.cancel();
  fault_.reset();
  try {
    SyncStore(store_);
  } catch (const Error& error) {
    fault_ = error;
  }
  synced_ = asked_;
  done_.cancel();
}

void GroupSync::Stop() {
  turn_.cancel();
  soon_.cancel();
}

}  // namespace cellar
