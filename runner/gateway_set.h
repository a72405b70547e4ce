// The gateways that runs of this process go to: those of the configuration, those given by a URL,
// and the embedded one, started when the first run wants it. Who uses how many kernels on each.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runner/config.h"
#include "runner/gateway/embedded_gateway.h"
#include "runner/gateway/gateway.h"
#include "runner/gateway/one_at_a_time.h"

namespace cellar {

/// A gateway, and the right to one kernel on it while this lives.
class KernelPlace;

class GatewaySet {
 public:
  GatewaySet(boost::asio::any_io_executor executor, const Config& config);
  ~GatewaySet();

  /// Waits until the gateway that the job is to run on takes one more kernel of ours
  /// (`max_kernels`). Throws Error: no such gateway, the embedded one does not start.
  boost::asio::awaitable<KernelPlace> Enter(Job job);

  /// Its kernels end with it.
  void StopEmbedded() { embedded_.reset(); }

 private:
  friend class KernelPlace;
  struct Entry {
    std::string name;  // as it is recorded
    std::unique_ptr<Gateway> gateway;
    std::optional<int> max_kernels;
    int kernels = 0;
    bool is_embedded = false;
  };
  Entry& EntryOf(const GatewayAddress& address);
  boost::asio::awaitable<Entry*> EmbeddedOne();
  void Leave(Entry& entry);

  boost::asio::any_io_executor executor_;
  const Config& config_;
  boost::asio::steady_timer left_;  // cancelled when a place becomes free
  std::map<std::string, Entry> entries_;
  OneAtATime starting_;
  std::unique_ptr<EmbeddedGateway> embedded_;
};

class KernelPlace {
 public:
  KernelPlace(GatewaySet& set, GatewaySet::Entry& entry);
  KernelPlace(KernelPlace&& other) noexcept;
  KernelPlace& operator=(KernelPlace&&) = delete;
  ~KernelPlace();

  Gateway& gateway() const { return *entry_->gateway; }
  const std::string& name() const { return entry_->name; }
  bool is_embedded() const { return entry_->is_embedded; }

 private:
  GatewaySet* set_;
  GatewaySet::Entry* entry_;
};

}  // namespace cellar
