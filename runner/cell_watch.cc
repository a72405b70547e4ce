#include "runner/cell_watch.h"

#include <algorithm>
#include <utility>

namespace cellar {
namespace {

using std::chrono::seconds;

constexpr seconds kGrace(5);            // for an interrupted cell
constexpr seconds kReplyAfterIdle(10);  // `%pdb on`: idle and never a reply
constexpr seconds kIdleAfterReply(4);
constexpr seconds kAnswerAfterFence(3);
constexpr seconds kLongestLook(1);

CellStep End(CellState state, std::optional<CellReason> reason, RunReason run_reason,
             const std::string& message) {
  CellStep step;
  step.kind = CellStep::Kind::kEnd;
  step.verdict.state = state;
  step.verdict.reason = reason;
  step.verdict.message = message;
  step.verdict.run_reason = run_reason;
  step.verdict.ends_attempt = true;
  return step;
}

}  // namespace

CellWatch::CellWatch(CellLimits limits, SteadyTime run_began, SteadyTime cell_began)
    : limits_(limits), run_began_(run_began), cell_began_(cell_began) {}

CellStep CellWatch::Look(SteadyTime now, const CellFacts& facts) {
  CellStep step = LookAtAnswer(now, facts);
  if (step.kind == CellStep::Kind::kWait) step = LookAtSilence(now, facts);
  if (step.kind != CellStep::Kind::kWait) return step;
  if (interrupt_) {
    if (now >= interrupt_->give_up) {
      step.kind = CellStep::Kind::kEnd;
      step.verdict = Interrupted(facts);
    } else if (facts.begun && !interrupt_->met_cell) {
      interrupt_->met_cell = true;
      step.kind = CellStep::Kind::kInterrupt;
    }
    return step;
  }
  interrupt_ = LimitPassed(now, facts);
  if (interrupt_) step.kind = CellStep::Kind::kInterrupt;
  return step;
}

CellStep CellWatch::LookAtAnswer(SteadyTime now, const CellFacts& facts) {
  CellStep step;
  if (!facts.replied) return step;
  if (!facts.idle) {
    if (!reply_at_) reply_at_ = now;
    if (facts.receiving) return step;
    // What goes on printing behind the reply is not waited for when somebody wants the end.
    const bool is_late = limits_.run && now - run_began_ >= *limits_.run;
    SteadyTime quiet_since = *reply_at_;
    if (facts.last_message && facts.stop.empty() && !is_late) {
      quiet_since = std::max(quiet_since, *facts.last_message);
    }
    if (now - quiet_since < kIdleAfterReply) return step;
    step.idle_missing = true;
  }
  step.kind = CellStep::Kind::kJudge;
  if (interrupt_) {
    step.kind = CellStep::Kind::kEnd;
    step.verdict = Interrupted(facts);
  }
  return step;
}

CellStep CellWatch::LookAtSilence(SteadyTime now, const CellFacts& facts) {
  if (facts.fault == LinkFault::kKernelDied) {
    return End(CellState::kFailed, CellReason::kKernelDied, RunReason::kKernelDied,
               facts.fault_message);
  }
  if (facts.fault == LinkFault::kGatewayLost) {
    return End(CellState::kUnknown, std::nullopt, RunReason::kGatewayLost, facts.fault_message);
  }
  if (facts.idle && !facts.replied) {
    if (!idle_at_) idle_at_ = now;
    if (now - *idle_at_ >= kReplyAfterIdle) {
      CellStep step = End(CellState::kFailed, CellReason::kNoReply, RunReason::kCellError,
                          "the kernel went idle and never replied");
      step.verdict.ends_attempt = false;
      return step;
    }
  }
  if (!facts.replied && facts.fence_answered && now - *facts.fence_answered >= kAnswerAfterFence) {
    return End(CellState::kUnknown, std::nullopt, RunReason::kGatewayLost,
               "the connection was cut and the kernel's reply was lost");
  }
  return CellStep{};
}

std::optional<CellWatch::Interrupt> CellWatch::LimitPassed(SteadyTime now,
                                                           const CellFacts& facts) const {
  if (facts.replied) return std::nullopt;  // it made it; only its idle is awaited
  const SteadyTime give_up = now + kGrace;
  if (!facts.stop.empty()) {
    return Interrupt{CellReason::kError, RunReason::kInterrupted, std::string(facts.stop), give_up,
                     facts.begun};
  }
  if (limits_.run && now - run_began_ >= *limits_.run) {
    return Interrupt{CellReason::kTimeout, RunReason::kRunTimeout, "the run's timeout passed",
                     give_up, facts.begun};
  }
  if (limits_.cell && now - cell_began_ >= *limits_.cell) {
    return Interrupt{CellReason::kTimeout, RunReason::kCellTimeout, "the cell's timeout passed",
                     give_up, facts.begun};
  }
  if (limits_.stall && facts.connected &&
      now - std::max(facts.last_sign, cell_began_) >= *limits_.stall) {
    return Interrupt{CellReason::kStalled, RunReason::kStalled,
                     "no output and no sign of life within the stall timeout", give_up,
                     facts.begun};
  }
  return std::nullopt;
}

CellVerdict CellWatch::Interrupted(const CellFacts& facts) const {
  const bool is_stop = interrupt_->run_reason == RunReason::kInterrupted;
  const bool unknown = is_stop && !facts.replied;
  CellVerdict verdict;
  verdict.state = unknown ? CellState::kUnknown : CellState::kFailed;
  if (!unknown) verdict.reason = interrupt_->reason;
  verdict.run_reason = interrupt_->run_reason;
  verdict.message = interrupt_->why;
  if (!facts.replied) verdict.message += "; the kernel did not react to an interrupt";
  // A kernel that obeyed can go on with the next cell, where the job says so.
  verdict.ends_attempt =
      !facts.stop.empty() || !facts.replied || interrupt_->run_reason != RunReason::kCellTimeout;
  return verdict;
}

SteadyTime CellWatch::NextLook(SteadyTime now) const {
  SteadyTime next = now + kLongestLook;
  if (interrupt_) {
    next = std::min(next, interrupt_->give_up);
  } else {
    if (limits_.cell) next = std::min(next, cell_began_ + *limits_.cell);
    if (limits_.run) next = std::min(next, run_began_ + *limits_.run);
  }
  return std::max(next, now + std::chrono::milliseconds(1));
}

}  // namespace cellar
