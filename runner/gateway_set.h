// The gateways that runs of this process go to: those of the configuration, those given by a URL,
// and the embedded one, started when the first run wants it. Who uses how many kernels on each, and
// which are left alone for a while because they do not answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
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
#include "store/kernels.h"

namespace cellar {

struct GatewayEntry {
  using Time = std::chrono::steady_clock::time_point;

  PlaceFacts facts;                  // of the kernels only this worker's
  OthersKernels others;              // at the last look around
  std::unique_ptr<Gateway> gateway;  // nullptr: the embedded one before it is wanted
  bool is_embedded = false;
  int failures = 0;      // in a row
  Time retry_at;         // while it does not answer, or is full
  bool is_full = false;  // it said so itself
  int starting = 0;      // runs that have a place there and no kernel yet

  // What the survey knows (runner/gateway_survey.h).
  std::optional<Kernelspecs> kernelspecs;
  bool is_asked = false;  // just now
  std::optional<Time> asked_at;
  bool lacked = false;          // a run wanted a kernelspec that it did not have then
  bool gave_no_answer = false;  // to the survey's last question
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
  ClaimPlace claim_place() const;
  bool is_embedded() const { return entry_->is_embedded; }
  /// The kernel is there: it is not waited for any more.
  void NoteKernel();

 private:
  GatewayEntry* entry_;
  bool has_kernel_ = false;
  boost::asio::steady_timer* left_;  // cancelled when the place is free again
};

class GatewaySet {
 public:
  GatewaySet(boost::asio::any_io_executor executor, const Store& store, const Config& config);
  ~GatewaySet();

  /// Something that a person should hear: a gateway that stopped to answer, or answers again.
  std::function<void(const std::string& line)> on_note;

  /// Of the embedded gateway, which has no configuration; nullopt: no bound. To be set first.
  std::optional<int> embedded_most;

  /// Looks in the store how many kernels the other workers have where.
  void LookAround();

  /// Waits until the gateway that the job is to run on takes one more kernel of ours
  /// (`max_kernels`). nullopt: `may_wait`, asked now and then meanwhile, said no. Throws Error: no
  /// such gateway, the embedded one does not start, the store fails.
  boost::asio::awaitable<std::optional<KernelPlace>> Enter(
      Job job, std::function<bool(const GatewayEntry& full)> may_wait);
  /// The same, now: something may have changed.
  void LookAgain() { left_.cancel(); }

  /// A place for a run now, or why there is none. `wanted` is the gateway's name or URL; empty: the
  /// default, else any that is configured, else the embedded one.
  struct Offer {
    std::optional<KernelPlace> place;
    std::string waits_for;
    bool can_ever = true;
  };
  Offer TryEnter(const std::string& wanted, PlaceWish wish);

  /// Whether a kernel of this kernelspec is ready there. Asked where gateways are equal.
  std::function<bool(const GatewayEntry& entry, const std::string& kernelspec)> has_warm;

  /// Those that runs were to be placed on so far, and those that runs without a wish go to.
  std::vector<GatewayEntry*> Entries();
  /// By its name in the configuration or its URL. Throws Error kUsage.
  GatewayEntry& EntryOf(const std::string& name_or_url);

  /// Whether one of the configured ones would take a kernel more now.
  bool HasRoom();

  /// Why a gateway by the name it was recorded under cannot be used by this process: it is not
  /// configured, or its token is not there. nullopt: it can.
  std::optional<std::string> WhyUnusable(const std::string& name);
  /// A place on it, also beyond its limits: where an adopted kernel is. Throws Error.
  KernelPlace EnterAgain(const std::string& name);

  /// Makes it ready to use: starts the embedded gateway, another one when it has died. Throws
  /// Error.
  boost::asio::awaitable<void> Prepare(GatewayEntry& entry);

  /// What became of a kernel's order there: a gateway that fails or is full is left alone for a
  /// growing while.
  void NoteFailure(GatewayEntry& entry, const Error& error);
  void NoteSuccess(GatewayEntry& entry);
  /// It told its kernelspecs: runs may try it again.
  void NoteKernelspecs(GatewayEntry& entry, Kernelspecs kernelspecs);

  /// When a gateway that is left alone may be tried, or asked, again.
  std::optional<std::chrono::steady_clock::time_point> NextRetry();

  /// Its kernels end with it.
  void StopEmbedded() { embedded_.reset(); }

 private:
  bool IsReady(const GatewayEntry& entry) const;
  std::vector<std::string> Candidates(const std::string& wanted) const;
  OthersKernels OthersOn(const GatewayEntry& entry);
  PlaceFacts FactsFor(const GatewayEntry& entry, const PlaceWish& wish) const;
  boost::asio::awaitable<void> AwaitLeft();
  void TakeBack(std::chrono::steady_clock::time_point now);

  boost::asio::any_io_executor executor_;
  const Store& store_;
  const Config& config_;
  boost::asio::steady_timer left_;  // never expires; cancelled when a place may have become free
  std::vector<std::unique_ptr<GatewayEntry>> entries_;
  std::map<std::string, OthersKernels> others_;  // by gateway; at the last look around
  OneAtATime starting_;
  std::unique_ptr<EmbeddedGateway> embedded_;
  std::vector<std::unique_ptr<Gateway>> retired_;  // of embedded ones that died; still referred to
};

}  // namespace cellar
