// The one exception type of Cellar: it could not do its own work. How a run ended is never one of
// these: that is a value, kept in the store (jobs/state.h).
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

namespace cellar {

enum class ErrorKind {
  kUsage,               // exit 2: the command line, a job file, the configuration
  kGatewayUnreachable,  // exit 3: no connection, no answer in time, a proxy or login page
  kGatewayRefused,      // exit 3: the token was rejected or the request forbidden
  kGatewayBusy,         // exit 3: a kernel limit was reached; worth waiting for
  kGatewayLost,         // exit 3: it answered before, and does no longer
  kKernelUnavailable,   // exit 3: no such kernelspec, or its launch failed
  kKernelGone,          // exit 3: 404 for a kernel that was there
  kStore,               // exit 4: locked, read-only, corrupt, not ours, newer
  kStoreFull,           // exit 4: no space left
  kClaimLost,           // exit 4: the attempt is no longer this worker's
  kOutput,              // exit 4: stdout or a file that was asked for could not be written
  kOutputClosed,        // exit 0, without a word: nobody reads our stdout any more (`| head`)
};

class Error : public std::runtime_error {
 public:
  /// `message` says what was tried, on what, what came back and what to do, in one line.
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }

  /// How long whoever refused wants to be left alone (Retry-After); 0: it did not say.
  std::chrono::seconds patience() const { return patience_; }
  void AskForPatience(std::chrono::seconds patience) { patience_ = patience; }

 private:
  ErrorKind kind_;
  std::chrono::seconds patience_{0};
};

}  // namespace cellar
