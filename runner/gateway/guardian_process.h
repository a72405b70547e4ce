// The embedded gateway's first process and the two lines to it: a socket that is its stdin, whose
// end makes it end everything (embedded_gateway.py), and a pipe that is its stdout and stderr.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cellar {

class GuardianProcess {
 public:
  /// Runs `interpreter`, in a session of its own, so that Ctrl-C does not reach it, and without
  /// the variables `secrets` in its environment. It takes its program from the socket:
  /// `script_size` bytes. It is killed too when the calling thread ends. Throws Error
  /// kGatewayUnreachable.
  GuardianProcess(boost::asio::any_io_executor executor, const std::string& interpreter,
                  std::size_t script_size, const std::vector<std::string>& secrets);
  /// As End.
  ~GuardianProcess();
  GuardianProcess(const GuardianProcess&) = delete;
  GuardianProcess& operator=(const GuardianProcess&) = delete;

  boost::asio::local::stream_protocol::socket& socket() { return socket_; }

  /// Its end: "exit code 1", "signal 9 (Killed)"; nullopt while it runs.
  std::optional<std::string> Ended();

  /// Ends it and all its processes, at once, and reaps it: a moment, 2 s at most.
  void End();

  /// The last that it or a kernel wrote on stdout or stderr, 8 KiB at most. Read all the time.
  std::string LastWords();

 private:
  class Output;

  boost::asio::local::stream_protocol::socket socket_;
  std::shared_ptr<Output> output_;  // shared with its pending read
  pid_t pid_;
  bool reaped_ = false;
  int status_ = 0;  // of waitpid, once reaped
};

}  // namespace cellar
