// The gateways that runs of this process go to: those of the configuration, those given by a URL,
// and the embedded one, started when the first run wants it. Who uses how many kernels on each, and
// which are left alone for a while because they do not answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobs/error.h"
#include "runner/config.h"
#include "runner/gateway/embedded_gateway.h"
#include "runner/gateway/gateway.h"
#include "runner/gateway/one_at_a_time.h"
#include "runner/placement.h"

namespace cellar {

struct GatewayEntry {
  PlaceFacts facts;
  std::unique_ptr<Gateway> gateway;  // nullptr: the embedded one before it is wanted, or unusable
  bool is_embedded = false;
  int failures = 0;                                // in a row
  std::chrono::steady_clock::time_point retry_at;  // while it does not answer, or is full
  bool is_full = false;                            // it said so itself
};

/// The right to one kernel on a gateway, as long as it lives.
class KernelPlace {
 public:
  KernelPlace(GatewayEntry& entry, boost::asio::steady_timer& left);
  KernelPlace(KernelPlace&& other) noexcept;
  KernelPlace& operator=(KernelPlace&&) = delete;
  ~KernelPlace();

  Gateway& gateway() const { return *entry_->gateway; }
  GatewayEntry& entry() const { return *entry_; }
  const std::string& name() const { return entry_->facts.name; }
  bool is_embedded() const { return entry_->is_embedded; }

 private:
  GatewayEntry* entry_;
  boost::asio::steady_timer* left_;  // cancelled when the place is free again
};

class GatewaySet {
 public:
  GatewaySet(boost::asio::any_io_executor executor, const Config& config);
  ~GatewaySet();

  /// Something that a person should hear: a gateway that stopped to answer, or answers again.
  std::function<void(const std::string& line)> on_note;

  /// Waits until the gateway that the job is to run on takes one more kernel of ours
  /// (`max_kernels`). Throws Error: no such gateway, the embedded one does not start.
  boost::asio::awaitable<KernelPlace> Enter(Job job);

  /// A place for a run now, or why there is none. `wanted` is the gateway's name or URL; empty: the
  /// default, else any that is configured, else the embedded one.
  struct Offer {
    std::optional<KernelPlace> place;
    std::string waits_for;
    bool can_ever = true;
  };
  Offer TryEnter(const std::string& wanted, const std::string& kernelspec,
                 const std::vector<std::string>& labels);

  /// A place on a gateway by the name it was recorded under, also beyond its limits: where an
  /// adopted kernel is. nullopt: this process knows no such gateway.
  std::optional<KernelPlace> EnterAgain(const std::string& name);

  /// Makes it ready to use: starts the embedded gateway, another one when it has died. Throws
  /// Error.
  boost::asio::awaitable<void> Prepare(GatewayEntry& entry);

  /// What became of a kernel's order there: a gateway that fails or is full is left alone for a
  /// growing while.
  void NoteFailure(GatewayEntry& entry, const Error& error);
  void NoteSuccess(GatewayEntry& entry);

  /// When a gateway that is left alone may be asked again.
  std::optional<std::chrono::steady_clock::time_point> NextRetry() const;

  /// Its kernels end with it.
  void StopEmbedded() { embedded_.reset(); }

 private:
  bool IsReady(const GatewayEntry& entry) const;
  GatewayEntry& EntryOf(const std::string& name_or_url);
  std::vector<std::string> Candidates(const std::string& wanted) const;
  void TakeBack(std::chrono::steady_clock::time_point now);

  boost::asio::any_io_executor executor_;
  const Config& config_;
  boost::asio::steady_timer left_;  // cancelled when a place becomes free
  std::vector<std::unique_ptr<GatewayEntry>> entries_;
  OneAtATime starting_;
  std::unique_ptr<EmbeddedGateway> embedded_;
  std::vector<std::unique_ptr<Gateway>> retired_;  // of embedded ones that died; still referred to
};

}  // namespace cellar
