#include "runner/gateway_survey.h"

#include <optional>
#include <utility>

#include "jobs/error.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {
namespace {

using boost::asio::awaitable;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kPatience(10);      // for an answer
constexpr seconds kLookAgainFor(30);  // a kernelspec that was lacking

bool IsDue(const GatewayEntry& entry, Clock::time_point now) {
  if (!entry.gateway || entry.is_embedded || entry.is_asked) return false;
  if (!entry.facts.answers) return now >= entry.retry_at;
  if (!entry.asked_at) return true;
  return entry.lacked && now - *entry.asked_at >= kLookAgainFor;
}

/// Whether it is the gateway as a whole that has failed, and not just this question.
bool IsAway(const Error& error) {
  return error.kind() == ErrorKind::kGatewayUnreachable || error.kind() == ErrorKind::kGatewayLost;
}

}  // namespace

GatewaySurvey::GatewaySurvey(boost::asio::any_io_executor executor, GatewaySet& gateways)
    : gateways_(gateways), tasks_(executor) {}

void GatewaySurvey::Look() {
  const auto now = Clock::now();
  for (GatewayEntry* entry : gateways_.Entries()) {
    if (!IsDue(*entry, now)) continue;
    entry->is_asked = true;
    entry->lacked = false;
    tasks_.Spawn(Ask(*entry), [this, entry] {
      entry->is_asked = false;
      if (on_answer) on_answer();
    });
  }
}

awaitable<void> GatewaySurvey::Ask(GatewayEntry& entry) {
  std::optional<Error> fault;
  try {
    const bool in_time = co_await WithTimeout(Take(entry), kPatience);
    if (!in_time) {
      fault.emplace(ErrorKind::kGatewayUnreachable,
                    "gateway " + entry.gateway->address().Label() + ": no answer within " +
                        std::to_string(kPatience.count()) + " s to GET /api/kernelspecs");
    }
  } catch (const Error& error) {
    fault = error;
  }
  if (is_stopped_) co_return;  // the fault is ours
  entry.asked_at = Clock::now();
  if (!fault) {
    // Where a run has failed only a run can tell; what failed here works again.
    if (std::exchange(entry.gave_no_answer, false)) gateways_.NoteSuccess(entry);
  } else if (IsAway(*fault)) {
    entry.gave_no_answer = true;
    gateways_.NoteFailure(entry, *fault);
  } else {
    entry.facts.answers = true;  // a run that tries it is told why not
  }
}

awaitable<void> GatewaySurvey::Take(GatewayEntry& entry) {
  gateways_.NoteKernelspecs(entry, co_await entry.gateway->ListKernelspecs());
}

awaitable<void> GatewaySurvey::Stop() {
  is_stopped_ = true;
  co_await tasks_.CancelAll();
}

}  // namespace cellar
