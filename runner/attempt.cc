#include "runner/attempt.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFlushInterval(150);
constexpr seconds kSilence(2);  // then the kernel's life is asked for
constexpr seconds kProbeInterval(3);
constexpr seconds kFirstAnswer(60);

SteadyTime Now() { return std::chrono::steady_clock::now(); }

}  // namespace

Attempt::Attempt(asio::any_io_executor executor, Store& store, Claim claim, Gateway& gateway,
                 AttemptSettings settings)
    : executor_(executor),
      store_(store),
      claim_(std::move(claim)),
      gateway_(gateway),
      settings_(std::move(settings)),
      writer_(store, claim_.attempt, settings_.output_limit),
      tasks_(executor),
      wake_(executor),
      began_(Now()),
      last_flush_(began_),
      last_probe_(began_) {}

Attempt::~Attempt() = default;

void Attempt::Stop(const Outcome& outcome) {
  if (!stop_) stop_ = outcome;
  Wake();
}

void Attempt::LetGo() {
  let_go_ = true;
  Wake();
}

void Attempt::Wake() {
  wake_.cancel();
  if (link_ != nullptr) link_->Notify();
}

awaitable<void> Attempt::Run() {
  std::optional<Error> fault;
  try {
    if (settings_.unready) throw Error(*settings_.unready);
    const bool is_ready = co_await StartInTime();
    if (is_ready && !IsEnding()) co_await RunCells();
    if (let_go_ && !stop_ && link_ != nullptr) co_await link_->Leave();
    if (let_go_) writer_.Flush();
  } catch (const Error& error) {
    fault = error;
    if (error.kind() == ErrorKind::kStoreFull) NoteCutOutput();
  }
  if (stop_) {
    outcome_ = *stop_;
  } else if (fault) {
    Fail(rejoining_ ? RunReason::kInterrupted : ReasonOf(fault->kind()), fault->what());
  }
  const bool leaves = let_go_ && !stop_ && !fault;
  const bool is_unplaced = !stop_ && fault && GiveClaimBack(*fault);
  std::optional<Error> unwritten;
  if (!leaves && !is_unplaced) unwritten = WriteEnd();
  co_await Release(leaves);
  // The store itself is in trouble: that is this program's failure, not the run's. An attempt
  // without its end is for the next worker.
  if (unwritten) throw Error(*unwritten);
  if (fault && (fault->kind() == ErrorKind::kStore || fault->kind() == ErrorKind::kClaimLost)) {
    throw Error(*fault);
  }
}

void Attempt::Fail(RunReason reason, const std::string& message) {
  if (outcome_.state == RunState::kFailed) return;
  outcome_ = Outcome{RunState::kFailed, reason, message};
}

bool Attempt::IsRunLate(SteadyTime now) const {
  return claim_.job.timeout && now - began_ >= *claim_.job.timeout;
}

awaitable<void> Attempt::RunCells() {
  const int count = static_cast<int>(claim_.job.cells.size());
  for (int index = next_cell_; index < count && !IsEnding(); ++index) {
    const Cell& cell = claim_.job.cells[static_cast<std::size_t>(index)];
    if (cell.skip) {
      writer_.PassOver(index, CellState::kSkipped);
      CellEnd end{};
      end.state = CellState::kSkipped;
      if (on_cell_end) on_cell_end(index, cell.name, end);
      continue;
    }
    const bool was_sent = current_ != nullptr && current_->cell() == index;
    const bool is_there = was_sent || co_await AwaitKernel(index, cell);
    if (!is_there) break;
    const std::optional<CellVerdict> ended = co_await RunCell(index, cell);
    if (!ended) co_return;  // left to the next worker
    const CellVerdict& verdict = *ended;
    EndCell(index, cell, verdict);
    if (verdict.ends_attempt) break;
    if (verdict.run_reason && cell.on_error == OnError::kStop) break;
    if (current_->asked_to_exit() && index + 1 < count) {
      Fail(RunReason::kKernelDied,
           CellLabel(index, cell.name) + " ended the kernel (exit) before the last cell");
      break;
    }
  }
}

/// Until the attempt's own kernel can be used. False: the cell is not sent, and why is said.
awaitable<bool> Attempt::AwaitKernel(int index, const Cell& cell) {
  const std::string before = "before " + CellLabel(index, cell.name);
  while (!IsEnding()) {
    const SteadyTime now = Now();
    const auto& stall = claim_.job.stall_timeout;
    if (store_fault_) throw Error(*store_fault_);
    if (link_->fault() != LinkFault::kNone) {
      const bool died = link_->fault() == LinkFault::kKernelDied;
      Fail(died ? RunReason::kKernelDied : RunReason::kGatewayLost,
           before + ": " + link_->fault_message());
      co_return false;
    }
    if (IsRunLate(now)) {
      Fail(RunReason::kRunTimeout, "the run's timeout passed " + before);
      co_return false;
    }
    if (link_->ready_since()) co_return true;
    if (stall && link_->connected() && now - link_->last_sign() >= *stall) {
      Fail(RunReason::kStalled, "no sign of life within the stall timeout " + before);
      co_return false;
    }
    KeepUp(now);
    co_await link_->Changed(now + seconds(1));
  }
  co_return false;
}

void Attempt::EndCell(int index, const Cell& cell, const CellVerdict& verdict) {
  CellEnd end{};
  end.state = verdict.state;
  end.reason = verdict.reason;
  end.message = verdict.message;
  end.execution_count = current_->execution_count();
  end.duration = Now() - cell_began_;
  writer_.EndCell(index, end, WallClock());
  current_->MarkEnded();
  if (on_cell_end) on_cell_end(index, cell.name, end);
  if (verdict.run_reason)
    Fail(*verdict.run_reason, CellLabel(index, cell.name) + ": " + end.message);
}

/// nullopt: it was let go while it was running.
awaitable<std::optional<CellVerdict>> Attempt::RunCell(int index, const Cell& cell) {
  const bool was_sent = current_ != nullptr && current_->cell() == index;
  if (!was_sent) {
    co_await BeginCell(index, cell);
    co_await SendCell(cell);
  }
  while (true) {
    const std::optional<CellVerdict> verdict = LookAtCell(cell);
    if (verdict) co_return verdict;
    if (let_go_ && !stop_) {
      co_await link_->Leave();
      if (!current_->replied()) co_return std::nullopt;
      const std::optional<CellVerdict> last = LookAtCell(cell);  // it may have been interrupted
      co_return last ? last : JudgeReply(cell, *current_, settings_.strict_outputs);
    }
    const SteadyTime now = Now();
    KeepUp(now);
    SteadyTime next = watch_->NextLook(now);
    if (writer_.dirty()) next = std::min(next, last_flush_ + kFlushInterval);
    co_await link_->Changed(next);
  }
}

/// On disk before it is sent.
awaitable<void> Attempt::BeginCell(int index, const Cell& cell) {
  const std::string id = NewId();
  executions_[id] = std::make_unique<CellExecution>(id, index, writer_, displays_);
  current_ = executions_[id].get();
  writer_.BeginCell(index, id, link_->session_id(), WallClock());
  if (settings_.sync != nullptr) {
    writer_.Write();
    co_await settings_.sync->Await();
  } else {
    writer_.Flush();
  }
  last_flush_ = cell_began_ = Now();
  is_adopted_ = false;
  WatchCell(cell);
  if (on_cell_begin) on_cell_begin(index, cell.name);
}

void Attempt::WatchCell(const Cell& cell) {
  CellLimits limits;
  limits.cell = cell.timeout ? cell.timeout : claim_.job.cell_timeout;
  limits.run = claim_.job.timeout;
  limits.stall = claim_.job.stall_timeout;
  watch_.emplace(limits, began_, cell_began_);
  last_message_.reset();
  resumed_ = false;
  noted_foreign_ = false;
}

awaitable<void> Attempt::SendCell(const Cell& cell) {
  KernelRequest request;
  request.channel = Channel::kShell;
  request.type = "execute_request";
  request.id = current_->request_id();
  request.content["code"] = cell.source;
  request.content["silent"] = false;
  request.content["store_history"] = true;
  request.content["user_expressions"] = nlohmann::json::object();
  request.content["allow_stdin"] = false;
  request.content["stop_on_error"] = true;
  try {
    co_await link_->Send(std::move(request));
  } catch (const Error& error) {
    // A lost connection is taken up again, and the fence tells whether the request arrived.
    if (error.kind() != ErrorKind::kGatewayLost) throw;
  }
}

std::optional<CellVerdict> Attempt::LookAtCell(const Cell& cell) {
  if (store_fault_) throw Error(*store_fault_);
  const CellStep step = watch_->Look(Now(), Facts());
  if (step.idle_missing) {
    current_->LoseOutput(WallClock(),
                         "the kernel's idle status did not come; outputs may be missing");
    current_->EndWithoutIdle();
  }
  switch (step.kind) {
    case CellStep::Kind::kWait:
      return std::nullopt;
    case CellStep::Kind::kInterrupt:
      // One that cannot be sent ends with its grace.
      tasks_.Spawn(gateway_.Interrupt(link_->kernel().kernel_id));
      return std::nullopt;
    case CellStep::Kind::kJudge:
      return JudgeReply(cell, *current_, settings_.strict_outputs);
    case CellStep::Kind::kEnd:
      return is_adopted_ ? AfterAdoption(step.verdict) : step.verdict;
  }
  return std::nullopt;
}

CellFacts Attempt::Facts() const {
  CellFacts facts;
  facts.begun = is_adopted_ || current_->begun();
  facts.replied = current_->replied();
  facts.idle = current_->idle();
  facts.last_message = last_message_;
  facts.last_sign = link_->last_sign();
  if (resumed_) facts.fence_answered = link_->ready_since();
  facts.receiving = link_->receiving();
  facts.connected = link_->connected();
  facts.fault = link_->fault();
  facts.fault_message = link_->fault_message();
  if (stop_) facts.stop = stop_->message;
  return facts;
}

/// Output to disk in time, and the kernel's life asked for while the cell is silent.
void Attempt::KeepUp(SteadyTime now) {
  if (writer_.dirty() && now - last_flush_ >= kFlushInterval) {
    if (settings_.sync != nullptr) {
      writer_.Write();
      settings_.sync->Soon();
    } else {
      writer_.Flush();
    }
    last_flush_ = now;
  }
  const SteadyTime sign = std::max(link_->last_sign(), cell_began_);
  if (!probing_ && now - sign >= kSilence && now - last_probe_ >= kProbeInterval) {
    last_probe_ = now;
    probing_ = true;
    tasks_.Spawn(link_->Probe(claim_.job.stall_timeout.has_value()), [this] { probing_ = false; });
  }
}

/// What the store throws while a message is taken ends the attempt, not the reader.
void Attempt::Guard(const std::function<void()>& write) {
  if (store_fault_) return;
  try {
    write();
  } catch (const Error& error) {
    store_fault_ = error;
  }
}

void Attempt::AddCellEvent(EventKind kind, const std::string& detail) {
  if (current_ == nullptr) return;
  Guard([&] { writer_.AddEvent(current_->cell(), kind, WallClock(), detail); });
}

void Attempt::TakeMessage(const KernelMessage& message) {
  const auto found = executions_.find(message.parent_id);
  if (found != executions_.end()) {
    if (found->second.get() == current_) last_message_ = Now();
    Guard([&] { found->second->Take(message, WallClock()); });
  } else if (message.type == "execute_input" && !noted_foreign_) {
    noted_foreign_ = true;
    AddCellEvent(EventKind::kForeignTraffic, "another client ran code on this kernel");
  }
}

void Attempt::TakeResumed(const std::string& detail) {
  if (current_ == nullptr || current_->done()) return;
  resumed_ = true;
  AddCellEvent(EventKind::kResumed, detail);
}

}  // namespace cellar
