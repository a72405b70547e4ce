// What a service tells systemd: that it is ready, that it stops, how it is, that its loop turns.
// The protocol of sd_notify(3), by hand: one datagram of lines to the socket in $NOTIFY_SOCKET,
// whose name is a path or, with `@` in front, abstract. Without that variable nothing is sent.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cellar {

class ServiceManager {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment: children do not
  /// speak for us.
  ServiceManager();

  /// What could not be sent, once. Nothing else comes of it: what matters is sent again.
  std::function<void(const std::string& line)> on_fault;

  /// At each turn of a loop that works. Says that we are ready, once; how we are, when that has
  /// changed; and, at half of the watchdog's time, that the loop turns. Returns when it has to hear
  /// again; nullopt: it does not watch.
  std::optional<std::chrono::milliseconds> Working(const std::string& status,
                                                   Clock::time_point now);

  /// The same of a loop that works on only to come to its end.
  std::optional<std::chrono::milliseconds> Stopping(const std::string& status,
                                                    Clock::time_point now);

 private:
  enum class Phase { kStarting, kReady, kStopping };

  std::optional<std::chrono::milliseconds> Tell(Phase phase, std::string_view word,
                                                const std::string& status, Clock::time_point now);
  bool Send(const std::string& message);

  std::string socket_;                             // empty: nobody listens
  std::optional<std::chrono::microseconds> beat_;  // half of the watchdog's time
  Phase phase_ = Phase::kStarting;
  std::string status_;
  std::optional<Clock::time_point> last_beat_;
  bool has_failed_ = false;
};

}  // namespace cellar
