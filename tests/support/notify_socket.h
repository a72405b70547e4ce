// The service manager's end of sd_notify(3): a datagram socket, and what was sent to it.
#pragma once

#include <string>

namespace cellar {

class NotifySocket {
 public:
  /// `name`: a path, or with `@` in front an abstract name, as NOTIFY_SOCKET has it.
  explicit NotifySocket(std::string name);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  const std::string& name() const { return name_; }
  /// The next datagram. Throws std::runtime_error after two minutes without.
  std::string Receive();
  /// Datagrams until one has the line; all of them, as they came.
  std::string ReceiveUntil(const std::string& line);
  bool IsQuiet() const;

 private:
  std::string name_;
  int descriptor_;
};

}  // namespace cellar
