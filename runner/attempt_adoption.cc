// Going on with what an earlier worker began: which cells have ended, where its kernel is, and what
// became of the cell that was sent.
#include <algorithm>
#include <utility>

#include "runner/attempt.h"
#include "runner/config.h"
#include "runner/wall_clock.h"
#include "store/history.h"

namespace cellar {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kRejoinPatience(10);

RunReason RunReasonOf(CellReason reason) {
  switch (reason) {
    case CellReason::kTimeout:
      return RunReason::kCellTimeout;
    case CellReason::kKernelDied:
      return RunReason::kKernelDied;
    case CellReason::kStalled:
      return RunReason::kStalled;
    case CellReason::kOutputLimit:
      return RunReason::kOutputLimit;
    case CellReason::kError:
    case CellReason::kNoReply:
    case CellReason::kAborted:
      return RunReason::kCellError;
  }
  return RunReason::kCellError;
}

SteadyTime SteadySince(TimePoint at) {
  const auto elapsed = std::max(WallClock() - at, TimePoint::duration::zero());
  return std::chrono::steady_clock::now() - elapsed;
}

std::string SessionOf(const AdoptedAttempt& adopted) {
  for (auto cell = adopted.cells.rbegin(); cell != adopted.cells.rend(); ++cell) {
    if (!cell->ws_session_id.empty()) return cell->ws_session_id;
  }
  return "";
}

}  // namespace

void Attempt::GoOnWith(AdoptedAttempt adopted) {
  began_ = SteadySince(adopted.started_at);
  adopted_ = std::move(adopted);
}

/// Before its kernel had answered nothing was sent: it begins on another one.
bool Attempt::MustRejoin() const { return adopted_ && adopted_->kernel_start.has_value(); }

awaitable<void> Attempt::RejoinKernel() {
  rejoining_ = true;
  const std::string gone = adopted_->former_worker + " is gone, and ";
  const bool is_known = adopted_->kernel && !adopted_->kernel->kernel_id.empty();
  // An embedded gateway ends with its program, and its kernels with it.
  if (!is_known || adopted_->kernel->gateway == kEmbeddedName) {
    if (is_known) store_.RecordKernelGone(adopted_->kernel->row);
    throw Error(ErrorKind::kKernelGone, gone + "so is its kernel");
  }
  kernel_ = std::make_unique<OwnKernel>(executor_, store_, gateway_, *adopted_->kernel,
                                        SessionOf(*adopted_), settings_.link);
  TakeKernel();
  RestoreCells();
  if (next_cell_ == std::ssize(claim_.job.cells)) {  // nothing is left to run
    rejoining_ = false;
    co_return;
  }
  Serve();
  // A kernel that is busy with our cell answers only behind it; one that is mute is not waited for
  // here, where nobody asks whether it lives.
  const auto give_up = std::chrono::steady_clock::now() + kRejoinPatience;
  const auto is_back = [&] {
    const bool is_late = std::chrono::steady_clock::now() >= give_up;
    return current_ != nullptr || is_late ? link_->connected() : link_->ready_since().has_value();
  };
  while (!is_back() && link_->fault() == LinkFault::kNone) {
    co_await link_->Changed(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
  if (link_->fault() != LinkFault::kNone) {
    throw Error(ErrorKind::kKernelGone, gone + link_->fault_message());
  }
  rejoining_ = false;
}

/// What ended stays as it is; the request that is under way is known again by its msg_id.
void Attempt::RestoreCells() {
  const std::vector<CellRecord> records = FindCells(store_, claim_.run, claim_.number);
  const int count = static_cast<int>(adopted_->cells.size());
  for (int index = 0; index < count; ++index) {
    const AdoptedCell& cell = adopted_->cells[static_cast<std::size_t>(index)];
    const CellRecord& record = records[static_cast<std::size_t>(index)];
    if (!cell.msg_id.empty()) RestoreExecution(index, cell);
    if (cell.state == CellState::kPending || cell.state == CellState::kRunning) break;
    next_cell_ = index + 1;
    if (cell.state == CellState::kUnknown) {
      Fail(RunReason::kInterrupted,
           CellLabel(index, record.name) + ": nobody can say what became of it");
      next_cell_ = count;
      break;
    }
    if (!record.reason) continue;
    Fail(RunReasonOf(*record.reason), CellLabel(index, record.name) + ": " + record.message);
    const Cell& definition = claim_.job.cells[static_cast<std::size_t>(index)];
    const bool may_go_on = *record.reason != CellReason::kKernelDied &&
                           *record.reason != CellReason::kStalled &&
                           definition.on_error == OnError::kContinue;
    if (!may_go_on) next_cell_ = count;
    if (!may_go_on) break;
  }
  for (const AdoptedDisplay& display : adopted_->displays) {
    nlohmann::json execution_count;
    if (display.execution_count) execution_count = *display.execution_count;
    displays_.Add(display.display_id,
                  {display.cell, display.number, display.type, std::move(execution_count)});
  }
}

void Attempt::RestoreExecution(int index, const AdoptedCell& cell) {
  auto execution = std::make_unique<CellExecution>(cell.msg_id, index, writer_, displays_);
  const bool ends_in_stream = cell.last_type == OutputType::kStream;
  execution->GoOnAfter(cell.outputs, ends_in_stream ? cell.last_stream : "");
  if (cell.state == CellState::kRunning) {
    current_ = execution.get();
    cell_began_ = SteadySince(*cell.started_at);
    is_adopted_ = true;
    WatchCell(claim_.job.cells[static_cast<std::size_t>(index)]);
  } else {
    execution->MarkEnded();
  }
  executions_[cell.msg_id] = std::move(execution);
}

/// Where the kernel was lost between the workers nobody can say what became of the cell.
CellVerdict Attempt::AfterAdoption(CellVerdict verdict) const {
  const bool is_lost =
      verdict.run_reason == RunReason::kKernelDied || verdict.run_reason == RunReason::kGatewayLost;
  if (!is_lost) return verdict;
  verdict.state = CellState::kUnknown;
  verdict.reason.reset();
  verdict.run_reason = RunReason::kInterrupted;
  verdict.message = adopted_->former_worker + " is gone, and " + verdict.message;
  return verdict;
}

}  // namespace cellar
