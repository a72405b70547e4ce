// A blocking client for tests: the product's own Gateway and KernelConnection on an io_context of
// their own, and what comes in as a transcript to compare.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runner/gateway/gateway.h"
#include "runner/gateway/kernel_connection.h"

namespace cellar {

/// Every wait ends after a minute: then it throws std::runtime_error.
class GatewayClient {
 public:
  explicit GatewayClient(GatewayAddress address);
  ~GatewayClient();

  StartedKernel Start(const std::string& tag, const std::string& kernelspec = {});
  std::optional<KernelModel> Model(const StartedKernel& kernel);
  void Interrupt(const StartedKernel& kernel);
  void Restart(const StartedKernel& kernel);
  void Delete(const StartedKernel& kernel);
  /// Asks for its model until it says so; `connections` -1: any number.
  void AwaitModel(const StartedKernel& kernel, const std::string& state, int connections = -1);

  /// A new socket in place of the one before, if any, which is dropped without a close frame.
  void Connect(const StartedKernel& kernel, const std::string& session_id);
  void Drop();
  Framing framing() const;

  /// Sends an execute_request, and reads for it from here on.
  void Execute(const std::string& code);
  /// Reads until the reply and idle are in: the cell's iopub lines, then its reply, as
  /// "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n". The two travel on
  /// sockets of their own, so their order is not the gateway's to keep. Adjacent stream messages
  /// are one line.
  std::string ReadCell();
  /// The same, up to this much of the transcript's iopub side.
  std::string ReadTo(const std::string& text);
  /// Reads until the connection ends: what came before, and why it ended.
  std::string ReadToEnd();
  /// Reads until the reply alone is in: "reply ok\n".
  std::string ReadReply();
  /// Asks for kernel_info on the control channel, and reads until it is answered.
  void AskOnControl();
  /// What came of earlier cells since Execute: a line for each message, "stream".
  const std::string& Earlier() const;
  /// header.session of the latest message that the kernel itself sent.
  const std::string& kernel_session() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
