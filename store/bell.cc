#include "store/bell.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "jobs/error.h"
#include "store/store_impl.h"

namespace cellar {
namespace {

constexpr long kTimerNanoseconds = 40'000'000;

/// -1: there is no instance left, or no such file (of a store that is only read).
int WatchLockFile(const std::string& file) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return -1;
  if (::inotify_add_watch(descriptor, file.c_str(), IN_ATTRIB | IN_CLOSE_WRITE) >= 0) {
    return descriptor;
  }
  ::close(descriptor);
  return -1;
}

int StartTimer(const Store& store) {
  const int descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: neither inotify nor a timer to hear of its changes: {}; "
                            "end programs that have many files open",
                            store.file().string(), std::strerror(errno)));
  }
  const itimerspec every{{0, kTimerNanoseconds}, {0, kTimerNanoseconds}};
  ::timerfd_settime(descriptor, 0, &every, nullptr);
  return descriptor;
}

}  // namespace

Bell::Bell(const Store& store) : descriptor_(WatchLockFile(store.file().string() + ".lock")) {
  if (descriptor_ >= 0) return;
  descriptor_ = StartTimer(store);
  is_timer_ = true;
}

Bell::Bell(Bell&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), is_timer_(other.is_timer_) {}

Bell::~Bell() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Bell::Heard Bell::Listen() {
  Heard heard;
  alignas(inotify_event) std::array<char, 4096> bytes;
  ssize_t size = 0;
  while ((size = ::read(descriptor_, bytes.data(), bytes.size())) > 0) {
    if (is_timer_) return {true, true};
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, bytes.data() + at, sizeof event);
      if ((event.mask & (IN_ATTRIB | IN_Q_OVERFLOW)) != 0) heard.ring = true;
      if ((event.mask & (IN_CLOSE_WRITE | IN_Q_OVERFLOW)) != 0) heard.departure = true;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  return heard;
}

void Ring(const Store& store) { store.impl().lock.Touch(); }

}  // namespace cellar
