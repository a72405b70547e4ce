#include "runner/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "jobs/number_text.h"

namespace cellar {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string TakeVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

/// As sd_watchdog_enabled(3): it may be meant for another process.
std::optional<microseconds> HalfOfWatchdog(const std::string& usec, const std::string& pid) {
  const auto time = NumberOf<std::int64_t>(usec);
  if (!time || *time <= 0) return std::nullopt;
  if (!pid.empty() && NumberOf<pid_t>(pid) != ::getpid()) return std::nullopt;
  return microseconds(*time / 2);
}

/// One line, whatever a job is called.
std::string StatusLine(std::string status) {
  std::replace(status.begin(), status.end(), '\n', ' ');
  return "STATUS=" + status + "\n";
}

}  // namespace

ServiceManager::ServiceManager() : socket_(TakeVariable("NOTIFY_SOCKET")) {
  const std::string usec = TakeVariable("WATCHDOG_USEC");
  const std::string pid = TakeVariable("WATCHDOG_PID");
  if (!socket_.empty()) beat_ = HalfOfWatchdog(usec, pid);
}

std::optional<milliseconds> ServiceManager::Working(const std::string& status,
                                                    Clock::time_point now) {
  return Tell(Phase::kReady, "READY=1\n", status, now);
}

std::optional<milliseconds> ServiceManager::Stopping(const std::string& status,
                                                     Clock::time_point now) {
  return Tell(Phase::kStopping, "STOPPING=1\n", status, now);
}

std::optional<milliseconds> ServiceManager::Tell(Phase phase, std::string_view word,
                                                 const std::string& status, Clock::time_point now) {
  if (socket_.empty()) return std::nullopt;
  std::string message;
  if (phase_ != phase) message += word;
  if (status_ != status) message += StatusLine(status);
  const bool beats = beat_ && (!last_beat_ || now - *last_beat_ >= *beat_);
  if (beats) message += "WATCHDOG=1\n";
  if (!message.empty() && Send(message)) {
    phase_ = phase;
    status_ = status;
    if (beats) last_beat_ = now;
  }
  if (!beat_) return std::nullopt;
  const auto next = last_beat_.value_or(now) + *beat_;
  return std::max(std::chrono::floor<milliseconds>(next - now), milliseconds(1));
}

bool ServiceManager::Send(const std::string& message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = std::min(socket_.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, socket_.data(), size);
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // Not blocking: the loop must not stand still because nobody reads. It is said again.
  const bool sent =
      descriptor >= 0 &&
      ::sendto(descriptor, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length) >= 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!sent && !has_failed_ && error != EAGAIN) {
    has_failed_ = true;
    if (on_fault) {
      on_fault("cannot tell the service manager at NOTIFY_SOCKET=" + socket_ + ": " +
               std::strerror(error));
    }
  }
  return sent;
}

}  // namespace cellar
