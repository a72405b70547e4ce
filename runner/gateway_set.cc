#include "runner/gateway_set.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "jobs/error.h"
#include "runner/backoff.h"
#include "runner/gateway/with_timeout.h"
#include "runner/kernelspec_choice.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kFirstRetry(1);
constexpr seconds kLastRetry(60);
constexpr seconds kLookAgain(1);
constexpr double kMiddle = 1.0;  // one process asks: no need to scatter

/// With those of the other workers' runs. What is warm there makes room.
PlaceFacts KernelsOf(const GatewayEntry& entry) {
  PlaceFacts facts = entry.facts;
  facts.kernels += entry.others.of_runs;
  return facts;
}

}  // namespace

GatewaySet::GatewaySet(asio::any_io_executor executor, const Store& store, const Config& config)
    : executor_(executor),
      store_(store),
      config_(config),
      left_(executor, asio::steady_timer::time_point::max()),
      starting_(executor) {}

GatewaySet::~GatewaySet() = default;

void GatewaySet::LookAround() {
  others_ = FindOthersKernels(store_);
  for (const auto& entry : entries_) entry->others = OthersOn(*entry);
}

/// Each worker has an embedded gateway of its own.
OthersKernels GatewaySet::OthersOn(const GatewayEntry& entry) {
  return entry.is_embedded ? OthersKernels{} : others_[entry.facts.name];
}

awaitable<std::optional<KernelPlace>> GatewaySet::Enter(
    Job job, std::function<bool(const GatewayEntry&)> may_wait) {
  const GatewayChoice choice = ResolveGateway(config_, job);
  const auto* address = std::get_if<GatewayAddress>(&choice);
  std::string wanted = kEmbeddedName;
  if (address != nullptr) wanted = address->name.empty() ? address->url : address->name;
  GatewayEntry& entry = EntryOf(wanted);
  co_await Prepare(entry);
  LookAround();
  while (IsFull(KernelsOf(entry))) {
    if (!may_wait(entry)) co_return std::nullopt;
    co_await WithTimeout(AwaitLeft(), kLookAgain);
    LookAround();
  }
  co_return KernelPlace(entry, left_);
}

awaitable<void> GatewaySet::AwaitLeft() {
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await left_.async_wait(token);
}

GatewayEntry& GatewaySet::EntryOf(const std::string& name_or_url) {
  std::string name = kEmbeddedName;
  std::optional<GatewayAddress> address;
  if (name_or_url != kEmbeddedName) {
    address = AddressOf(config_, name_or_url);
    name = address->name.empty() ? address->Label() : address->name;
  }
  for (const auto& entry : entries_) {
    if (entry->facts.name == name) return *entry;
  }
  auto entry = std::make_unique<GatewayEntry>();
  entry->facts.name = name;
  entry->is_embedded = !address;
  if (address) entry->gateway = std::make_unique<Gateway>(executor_, *address);
  const auto configured = config_.gateways.find(name);
  if (configured != config_.gateways.end()) {
    entry->facts.max_kernels = configured->second.max_kernels;
    entry->facts.weight = configured->second.weight;
    entry->facts.labels = configured->second.labels;
  }
  if (entry->is_embedded) entry->facts.max_kernels = embedded_most;
  entry->others = OthersOn(*entry);
  entries_.push_back(std::move(entry));
  return *entries_.back();
}

std::vector<std::string> GatewaySet::Candidates(const std::string& wanted) const {
  for (const std::string& wish : {config_.gateway_override, wanted, config_.default_gateway}) {
    if (!wish.empty()) return {wish};
  }
  std::vector<std::string> names;
  for (const auto& [name, gateway] : config_.gateways) names.push_back(name);
  if (names.empty()) names.push_back(kEmbeddedName);
  return names;
}

std::vector<GatewayEntry*> GatewaySet::Entries() {
  for (const std::string& name : Candidates("")) {
    try {
      EntryOf(name);
    } catch (const Error&) {  // who wants to run there is told
    }
  }
  std::vector<GatewayEntry*> entries;
  for (const auto& entry : entries_) entries.push_back(entry.get());
  return entries;
}

/// As a run finds the gateway now.
PlaceFacts GatewaySet::FactsFor(const GatewayEntry& entry, const PlaceWish& wish) const {
  PlaceFacts facts = KernelsOf(entry);
  // After a failure one run tries it before the others follow.
  const bool is_tried = entry.failures > 0 && entry.facts.kernels > 0;
  if (entry.is_full || is_tried) facts.max_kernels = facts.kernels;
  facts.is_asked = entry.gateway && !entry.is_embedded && !entry.asked_at;
  if (!entry.kernelspecs) return facts;
  const auto kernelspec = KernelspecFor(*entry.kernelspecs, wish.kernelspec, wish.language);
  facts.is_warm = kernelspec && has_warm && has_warm(entry, *kernelspec);
  return facts;
}

GatewaySet::Offer GatewaySet::TryEnter(const std::string& wanted, PlaceWish wish) {
  TakeBack(Clock::now());
  Offer offer;
  std::vector<GatewayEntry*> entries;
  std::vector<PlaceFacts> places;
  std::string unusable;
  for (const std::string& name : Candidates(wanted)) {
    try {
      entries.push_back(&EntryOf(name));
    } catch (const Error& error) {  // it is not known here, or its token is not there
      unusable = error.what();
      continue;
    }
    places.push_back(FactsFor(*entries.back(), wish));
    wish.gateways.push_back(places.back().name);
  }
  const Placement placement = ChoosePlace(places, wish);
  offer.can_ever = placement.can_ever;
  offer.waits_for = places.empty() && !unusable.empty() ? unusable : placement.waits_for;
  if (placement.place) offer.place.emplace(*entries[*placement.place], left_);
  if (placement.can_ever) return offer;
  for (GatewayEntry* entry : entries) entry->lacked = true;
  return offer;
}

bool GatewaySet::HasRoom() {
  return std::any_of(config_.gateways.begin(), config_.gateways.end(), [&](const auto& one) {
    if (WhyUnusable(one.first)) return false;
    const PlaceFacts facts = FactsFor(EntryOf(one.first), {});
    return facts.answers && !IsFull(facts);
  });
}

std::optional<std::string> GatewaySet::WhyUnusable(const std::string& name) {
  try {
    EntryOf(name);
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

KernelPlace GatewaySet::EnterAgain(const std::string& name) {
  return KernelPlace(EntryOf(name), left_);
}

bool GatewaySet::IsReady(const GatewayEntry& entry) const {
  return entry.gateway && (!entry.is_embedded || embedded_->running());
}

/// One run of ours starts it, the others wait.
awaitable<void> GatewaySet::Prepare(GatewayEntry& entry) {
  if (IsReady(entry)) co_return;
  const auto turn = co_await starting_.Enter();
  if (IsReady(entry)) co_return;
  GatewayAddress address;
  address.name = kEmbeddedName;
  address.url = "http://127.0.0.1:9";  // nobody's: attempts refer to one that does not start, too
  if (!entry.gateway) entry.gateway = std::make_unique<Gateway>(executor_, address);
  embedded_ = std::make_unique<EmbeddedGateway>(executor_, SecretVariables(config_));
  co_await embedded_->Start();
  address = embedded_->address();
  address.name = kEmbeddedName;
  retired_.push_back(std::exchange(entry.gateway, std::make_unique<Gateway>(executor_, address)));
}

void GatewaySet::NoteFailure(GatewayEntry& entry, const Error& error) {
  const auto pause = BackoffDelay(entry.failures + 1, kFirstRetry, kLastRetry, kMiddle);
  entry.retry_at = Clock::now() + std::max<Clock::duration>(pause, error.patience());
  if (error.kind() == ErrorKind::kGatewayBusy) {
    entry.is_full = true;
    return;
  }
  entry.facts.answers = false;
  if (entry.failures++ == 0 && on_note) on_note(std::string(error.what()) + "; its runs wait");
}

void GatewaySet::NoteSuccess(GatewayEntry& entry) {
  if (entry.failures > 0 && on_note) on_note("gateway " + entry.facts.name + " answers again");
  entry.failures = 0;
  entry.is_full = false;
  entry.facts.answers = true;
}

void GatewaySet::NoteKernelspecs(GatewayEntry& entry, Kernelspecs kernelspecs) {
  entry.facts.kernelspecs.emplace();
  entry.facts.languages.clear();
  for (const Kernelspec& spec : kernelspecs.specs) {
    entry.facts.kernelspecs->insert(spec.name);
    entry.facts.languages.insert(LanguageOf(spec));
  }
  entry.kernelspecs = std::move(kernelspecs);
  entry.facts.answers = true;
}

/// One that is full may be tried again by a run; one that did not answer is asked by the survey.
void GatewaySet::TakeBack(Clock::time_point now) {
  for (const auto& entry : entries_) {
    if (now < entry->retry_at) continue;
    entry->is_full = false;
    if (entry->is_embedded) entry->facts.answers = true;
  }
}

std::optional<Clock::time_point> GatewaySet::NextRetry() {
  TakeBack(Clock::now());
  std::optional<Clock::time_point> next;
  for (const auto& entry : entries_) {
    if (entry->is_asked || (entry->facts.answers && !entry->is_full)) continue;
    if (!next || entry->retry_at < *next) next = entry->retry_at;
  }
  return next;
}

KernelPlace::KernelPlace(GatewayEntry& entry, asio::steady_timer& left)
    : entry_(&entry), left_(&left) {
  ++entry_->facts.kernels;
  ++entry_->starting;
}

KernelPlace::KernelPlace(KernelPlace&& other) noexcept
    : entry_(other.entry_),
      has_kernel_(other.has_kernel_),
      left_(std::exchange(other.left_, nullptr)) {}

ClaimPlace KernelPlace::claim_place() const {
  if (entry_->is_embedded) return {name(), std::nullopt};
  return {name(), entry_->facts.max_kernels};
}

void KernelPlace::NoteKernel() {
  if (!std::exchange(has_kernel_, true)) --entry_->starting;
}

KernelPlace::~KernelPlace() {
  if (left_ == nullptr) return;
  if (has_kernel_) entry_->is_full = false;  // one that never had a kernel frees none
  NoteKernel();
  --entry_->facts.kernels;
  left_->cancel();
}

}  // namespace cellar
