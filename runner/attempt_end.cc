// How an attempt ends: what is written down, whether it is tried again, and who keeps the kernel.
#include <utility>

#include "jobs/error.h"
#include "runner/attempt.h"
#include "runner/retry_plan.h"
#include "runner/wall_clock.h"
#include "store/run_control.h"

namespace cellar {

using boost::asio::awaitable;

/// What the running cell says from now on cannot be stored.
void Attempt::NoteCutOutput() {
  if (current_ == nullptr || current_->done()) return;
  try {
    writer_.AddEvent(current_->cell(), EventKind::kOutputsTruncated, WallClock(),
                     "no space left: what the cell put out afterwards is not stored");
  } catch (const Error&) {  // the disk is still full: it is written with the end
  }
}

/// Nothing has begun: the run goes back to its place in the queue as if it had never been claimed.
bool Attempt::GiveClaimBack(const Error& fault) {
  const bool is_passing = fault.kind() == ErrorKind::kGatewayBusy ||
                          fault.kind() == ErrorKind::kGatewayUnreachable ||
                          fault.kind() == ErrorKind::kGatewayLost;
  if (!settings_.leaves_unplaced || !is_passing || link_ != nullptr || MustRejoin()) return false;
  unplaced_ = fault;
  Unclaim(store_, claim_.attempt, WallClock());
  return true;
}

/// Returns why it could not be written, which has been said.
std::optional<Error> Attempt::WriteEnd() {
  AttemptEnd end;
  end.state = outcome_.state;
  end.reason = outcome_.reason;
  end.message = outcome_.message;
  end.duration = std::chrono::steady_clock::now() - began_;
  try {
    retry_delay_ = PlanRetry(store_, claim_, &end, on_note);
    writer_.End(end, WallClock());
    return std::nullopt;
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
    return error;
  }
}

awaitable<void> Attempt::Release(bool leaves_kernel) {
  if (link_ != nullptr) link_->Close();
  co_await tasks_.CancelAll();
  link_ = nullptr;
  if (!kernel_) co_return;
  co_await kernel_->StopServing();
  if (leaves_kernel) co_return;
  try {
    co_await kernel_->GiveBack();
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
  }
}

}  // namespace cellar
