#include "runner/gateway_set.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <variant>

namespace cellar {

namespace asio = boost::asio;
using asio::awaitable;

GatewaySet::GatewaySet(asio::any_io_executor executor, const Config& config)
    : executor_(executor), config_(config), left_(executor), starting_(executor) {}

GatewaySet::~GatewaySet() = default;

awaitable<KernelPlace> GatewaySet::Enter(Job job) {
  const GatewayChoice choice = ResolveGateway(config_, job);
  Entry* entry = nullptr;
  if (const auto* address = std::get_if<GatewayAddress>(&choice)) {
    entry = &EntryOf(*address);
  } else {
    entry = co_await EmbeddedOne();
  }
  while (entry->max_kernels && entry->kernels >= *entry->max_kernels) {
    left_.expires_at(asio::steady_timer::time_point::max());
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await left_.async_wait(token);
  }
  KernelPlace place(*this, *entry);
  co_return place;
}

GatewaySet::Entry& GatewaySet::EntryOf(const GatewayAddress& address) {
  Entry& entry = entries_[address.Label()];
  if (entry.gateway) return entry;
  entry.name = address.name.empty() ? address.Label() : address.name;
  entry.gateway = std::make_unique<Gateway>(executor_, address);
  const auto configured = config_.gateways.find(address.name);
  if (configured != config_.gateways.end()) entry.max_kernels = configured->second.max_kernels;
  return entry;
}

/// One job of ours starts it, the others wait.
awaitable<GatewaySet::Entry*> GatewaySet::EmbeddedOne() {
  const auto turn = co_await starting_.Enter();
  Entry& entry = entries_[kEmbeddedName];
  if (!entry.gateway) {
    entry.name = kEmbeddedName;
    entry.is_embedded = true;
    embedded_ = std::make_unique<EmbeddedGateway>(executor_);
    co_await embedded_->Start();
    GatewayAddress address = embedded_->address();
    address.name = kEmbeddedName;
    entry.gateway = std::make_unique<Gateway>(executor_, address);
  }
  co_return &entry;
}

void GatewaySet::Leave(Entry& entry) {
  --entry.kernels;
  left_.cancel();
}

KernelPlace::KernelPlace(GatewaySet& set, GatewaySet::Entry& entry) : set_(&set), entry_(&entry) {
  ++entry_->kernels;
}

KernelPlace::KernelPlace(KernelPlace&& other) noexcept
    : set_(std::exchange(other.set_, nullptr)), entry_(other.entry_) {}

KernelPlace::~KernelPlace() {
  if (set_ != nullptr) set_->Leave(*entry_);
}

}  // namespace cellar
