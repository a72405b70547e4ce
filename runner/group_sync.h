// One fsync for what many attempts have written: each waits until what it committed is on disk, and
// those that come while the disk is busy share the next one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <optional>

#include "jobs/error.h"
#include "store/store.h"

namespace cellar {

class GroupSync {
 public:
  GroupSync(boost::asio::any_io_executor executor, Store& store);

  /// Returns once everything that was committed before is on disk. Throws Error kStore.
  boost::asio::awaitable<void> Await();
  /// It is to be on disk before long; nobody waits for it.
  void Soon();
  /// Before the executor goes: nothing is asked for any more.
  void Stop();

 private:
  void Schedule();
  void Sync();

  Store& store_;
  boost::asio::steady_timer done_;  // never expires; cancelled
  boost::asio::steady_timer turn_;  // of those that wait: as soon as what is ready has run
  boost::asio::steady_timer soon_;
  std::uint64_t asked_ = 0;   // how many have asked
  std::uint64_t synced_ = 0;  // how many of them have their answer
  bool is_scheduled_ = false;
  bool is_due_soon_ = false;
  std::optional<Error> fault_;  // of the last one
};

}  // namespace cellar
