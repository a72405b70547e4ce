// A private Jupyter Server on a loopback port of its own choice, for when none is configured. Its
// token travels over a socket: it is in no argument list, file, log or kernel environment. It and
// its kernels end with this process, however this process ends.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runner/gateway/address.h"

namespace cellar {

class EmbeddedGateway {
 public:
  /// While it runs, something waits on `executor` for what it writes on stderr. `secrets`:
  /// variables that it and its kernels do not get.
  EmbeddedGateway(boost::asio::any_io_executor executor, std::vector<std::string> secrets);
  /// Stops it: its kernels are killed, the process is reaped. At most a moment.
  ~EmbeddedGateway();
  EmbeddedGateway(const EmbeddedGateway&) = delete;
  EmbeddedGateway& operator=(const EmbeddedGateway&) = delete;

  /// Ready to take requests when it returns. From the thread that lives as long as the program: it
  /// ends with that. Once. Throws Error kGatewayUnreachable with what the server wrote on stderr
  /// when it does not start (30 s), and what to install when jupyter-server is missing.
  boost::asio::awaitable<void> Start();

  /// After Start. Its server's root is "/": a kernel's working_dir is an absolute path without the
  /// leading slash.
  const GatewayAddress& address() const;

  /// False once the server has ended.
  bool running() const;

  /// The last that the server or a kernel of its wrote on stderr, 8 KiB at most.
  std::string last_words() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
