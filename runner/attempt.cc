#include "runner/attempt.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "runner/backoff.h"
#include "runner/gateway/with_timeout.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFlushInterval(150);
constexpr seconds kGrace(5);    // for an interrupted cell
constexpr seconds kSilence(2);  // then the kernel's life is asked for
constexpr seconds kProbeInterval(3);
constexpr seconds kReplyAfterIdle(10);  // `%pdb on`: idle and never a reply
constexpr seconds kIdleAfterReply(4);
constexpr seconds kAnswerAfterFence(3);
constexpr seconds kFirstAnswer(60);

std::string Named(int index, const std::string& name) {
  return "cell " + std::to_string(index) + (name.empty() ? "" : " (" + name + ")");
}

RunReason ReasonOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kGatewayUnreachable:
    case ErrorKind::kGatewayRefused:
      return RunReason::kGatewayUnreachable;
    case ErrorKind::kGatewayLost:
      return RunReason::kGatewayLost;
    case ErrorKind::kKernelGone:
      return RunReason::kKernelDied;
    case ErrorKind::kStoreFull:
      return RunReason::kStoreFull;
    case ErrorKind::kStore:
    case ErrorKind::kClaimLost:
      return RunReason::kInterrupted;
    default:
      return RunReason::kKernelUnavailable;
  }
}

CellVerdict Lost(CellState state, std::optional<CellReason> reason, RunReason run_reason,
                 const std::string& message) {
  CellVerdict verdict;
  verdict.state = state;
  verdict.reason = reason;
  verdict.message = message;
  verdict.run_reason = run_reason;
  verdict.ends_attempt = true;
  return verdict;
}

}  // namespace

Attempt::Attempt(asio::any_io_executor executor, Store& store, Claim claim, Gateway& gateway,
                 AttemptSettings settings)
    : executor_(executor),
      store_(store),
      claim_(std::move(claim)),
      gateway_(gateway),
      settings_(std::move(settings)),
      writer_(store, claim_.attempt, settings_.output_limit),
      began_(Clock::now()),
      last_flush_(began_),
      last_probe_(began_) {}

Attempt::~Attempt() = default;

void Attempt::Stop() {
  stop_ = true;
  if (!link_) return;
  if (current_ == nullptr) {
    link_->Close();  // it may be waiting for the kernel's first answer
  } else {
    link_->Notify();
  }
}

awaitable<void> Attempt::Run() {
  std::optional<Error> fault;
  try {
    co_await StartKernel();
    if (!stop_) co_await RunCells();
  } catch (const Error& error) {
    fault = error;
  }
  if (stop_) {
    outcome_ = Outcome{RunState::kCancelled, RunReason::kByUser, "stopped by a signal"};
  } else if (fault) {
    Fail(ReasonOf(fault->kind()), fault->what());
  }
  AttemptEnd end;
  end.state = outcome_.state;
  end.reason = outcome_.reason;
  end.message = outcome_.message;
  end.duration = Clock::now() - began_;
  retry_delay_ = RetryDelay(claim_.job.retry, claim_.number, outcome_);
  end.retries = retry_delay_.has_value();
  try {
    writer_.End(end, WallClock());
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
  }
  co_await Release();
  // The store itself is in trouble: that is this program's failure, not the run's.
  if (fault && (fault->kind() == ErrorKind::kStore || fault->kind() == ErrorKind::kClaimLost)) {
    throw *fault;
  }
}

void Attempt::Fail(RunReason reason, const std::string& message) {
  if (outcome_.state == RunState::kFailed) return;
  outcome_ = Outcome{RunState::kFailed, reason, message};
}

awaitable<void> Attempt::StartKernel() {
  co_await OrderKernel();
  co_await link_->Open(kFirstAnswer);
  writer_.KernelReady(Clock::now() - began_);
  AddParameterCell();
  Spawn(link_->Serve());
}

awaitable<void> Attempt::OrderKernel() {
  KernelOrder order;
  order.kernelspec = claim_.job.kernel;
  order.working_dir = settings_.working_dir;
  order.tag = "cellar-" + NewId().substr(0, 8) + "-" + std::to_string(claim_.run.value) + "-" +
              std::to_string(claim_.number);
  KernelRecord record;
  record.gateway = settings_.gateway_name;
  record.url = gateway_.address().url;
  record.tag = order.tag;
  record.kernelspec = order.kernelspec;
  record.run = claim_.run;
  record.created_at = WallClock();
  kernel_row_ = store_.RecordKernelIntent(record, claim_.attempt);
  AttemptPlace place;
  place.gateway = settings_.gateway_name;
  place.kernelspec = order.kernelspec;
  writer_.SetPlace(place);
  for (int failures = 1; !stop_; ++failures) {
    std::optional<std::string> busy;
    try {
      StartedKernel kernel = co_await gateway_.StartKernel(order);
      store_.RecordKernelStarted(kernel_row_, kernel.kernel_id, kernel.session_id);
      link_ = std::make_unique<KernelLink>(executor_, gateway_, std::move(kernel));
      link_->on_message = [this](const KernelMessage& message) { TakeMessage(message); };
      link_->on_resumed = [this](const std::string& detail) { TakeResumed(detail); };
      link_->on_unreadable = [this](const std::string& what) {
        if (current_ == nullptr) return;
        Guard([&] {
          writer_.AddEvent(current_->cell(), EventKind::kOutputsLost, WallClock(),
                           "a message could not be read: " + what);
        });
      };
      co_return;
    } catch (const Error& error) {
      kernel_refused_ =
          error.kind() != ErrorKind::kGatewayUnreachable && error.kind() != ErrorKind::kGatewayLost;
      if (error.kind() != ErrorKind::kGatewayBusy) throw;
      busy = error.what();
    }
    if (claim_.job.timeout && Clock::now() - began_ > *claim_.job.timeout) {
      throw Error(ErrorKind::kKernelUnavailable, *busy);
    }
    if (failures == 1 && on_note) on_note(*busy + ": waiting for a kernel");
    asio::steady_timer pause(executor_, BackoffDelay(failures, milliseconds(250), seconds(5), 0.5));
    co_await pause.async_wait(asio::use_awaitable);
  }
  throw Error(ErrorKind::kKernelUnavailable, "stopped before a kernel was started");
}

void Attempt::AddParameterCell() {
  Job& job = claim_.job;
  if (!HasParameterValues(job)) return;
  const auto source = RenderParameters(link_->language(), job.parameters);
  if (!source) {
    throw Error(ErrorKind::kKernelUnavailable,
                "parameters cannot be written in the kernel's language '" + link_->language() +
                    "': python, R, julia, octave, javascript and bash are known");
  }
  Cell cell;
  cell.kind = CellKind::kParameters;
  cell.name = "parameters";
  cell.source = *source;
  writer_.InsertParameterCell(static_cast<int>(job.parameters_before), *source);
  job.cells.insert(job.cells.begin() + static_cast<std::ptrdiff_t>(job.parameters_before), cell);
}

awaitable<void> Attempt::RunCells() {
  const int count = static_cast<int>(claim_.job.cells.size());
  for (int index = 0; index < count && !stop_; ++index) {
    const Cell& cell = claim_.job.cells[static_cast<std::size_t>(index)];
    CellEnd end{};
    end.state = CellState::kSkipped;
    if (cell.skip) {
      writer_.PassOver(index, CellState::kSkipped);
      if (on_cell_end) on_cell_end(index, cell.name, end);
      continue;
    }
    const CellVerdict verdict = co_await RunCell(index, cell);
    end.state = verdict.state;
    end.reason = verdict.reason;
    end.message = verdict.message;
    end.execution_count = current_->execution_count();
    end.duration = Clock::now() - cell_began_;
    writer_.EndCell(index, end, WallClock());
    current_->MarkEnded();
    if (on_cell_end) on_cell_end(index, cell.name, end);
    if (verdict.run_reason) Fail(*verdict.run_reason, Named(index, cell.name) + ": " + end.message);
    if (verdict.ends_attempt) break;
    if (verdict.run_reason && cell.on_error == OnError::kStop) break;
    if (current_->asked_to_exit() && index + 1 < count) {
      Fail(RunReason::kKernelDied,
           Named(index, cell.name) + " ended the kernel (exit) before the last cell");
      break;
    }
  }
}

awaitable<CellVerdict> Attempt::RunCell(int index, const Cell& cell) {
  const std::string id = NewId();
  executions_[id] = std::make_unique<CellExecution>(id, index, writer_, displays_);
  current_ = executions_[id].get();
  idle_at_.reset();
  reply_at_.reset();
  fence_at_.reset();
  fence_request_.clear();
  interrupt_.reset();
  noted_foreign_ = false;
  writer_.BeginCell(index, id, link_->session_id(), WallClock());
  writer_.Flush();  // on disk before it is sent
  last_flush_ = cell_began_ = Clock::now();
  co_await SendCell(cell);
  while (true) {
    const std::optional<CellVerdict> verdict = co_await AwaitCell(cell);
    if (verdict) co_return *verdict;
  }
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

/// One look: the verdict if there is one, else it waits until something happens.
awaitable<std::optional<CellVerdict>> Attempt::AwaitCell(const Cell& cell) {
  const auto now = Clock::now();
  std::optional<CellVerdict> verdict = CheckAnswer(cell, now);
  if (!verdict) verdict = CheckFaults(cell);
  if (!verdict) verdict = CheckLimits(cell, now);
  if (verdict) co_return verdict;
  KeepUp(now);
  co_await link_->Changed(NextLook(now));
  co_return std::nullopt;
}

std::optional<CellVerdict> Attempt::CheckAnswer(const Cell& cell, Clock::time_point now) {
  if (store_fault_) {
    throw Error(store_full_ ? ErrorKind::kStoreFull : ErrorKind::kStore, *store_fault_);
  }
  bool accept = current_->done();
  if (!accept && current_->replied()) {
    if (!reply_at_) reply_at_ = now;
    const auto quiet = now - std::max(*reply_at_, answered_at_);
    if (quiet >= kIdleAfterReply) {
      accept = true;
      writer_.AddEvent(current_->cell(), EventKind::kOutputsLost, WallClock(),
                       "the kernel's idle status did not come; outputs may be missing");
    }
  }
  if (!accept) return std::nullopt;
  if (interrupt_) return Interrupted(CellState::kFailed);
  return JudgeReply(cell, *current_, settings_.strict_outputs);
}

std::optional<CellVerdict> Attempt::CheckFaults(const Cell&) {
  switch (link_->fault()) {
    case LinkFault::kKernelDied:
      return Lost(CellState::kFailed, CellReason::kKernelDied, RunReason::kKernelDied,
                  link_->fault_message());
    case LinkFault::kGatewayLost:
      return Lost(CellState::kUnknown, std::nullopt, RunReason::kGatewayLost,
                  link_->fault_message());
    case LinkFault::kNone:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<CellVerdict> Attempt::CheckLimits(const Cell& cell, Clock::time_point now) {
  if (current_->idle() && !current_->replied()) {
    if (!idle_at_) idle_at_ = now;
    if (now - *idle_at_ >= kReplyAfterIdle) {
      CellVerdict verdict = Lost(CellState::kFailed, CellReason::kNoReply, RunReason::kCellError,
                                 "the kernel went idle and never replied");
      verdict.ends_attempt = false;
      return verdict;
    }
  }
  if (fence_at_ && now - *fence_at_ >= kAnswerAfterFence) {
    return Lost(CellState::kUnknown, std::nullopt, RunReason::kGatewayLost,
                "the connection was cut and the kernel's reply was lost");
  }
  if (interrupt_) {
    if (now < interrupt_->give_up) return std::nullopt;
    return Interrupted(stop_ ? CellState::kUnknown : CellState::kFailed);
  }
  const auto& job = claim_.job;
  const auto limit = cell.timeout ? cell.timeout : job.cell_timeout;
  if (stop_) {
    AskInterrupt(CellReason::kError, RunReason::kInterrupted, "stopped by a signal");
  } else if (job.timeout && now - began_ >= *job.timeout) {
    AskInterrupt(CellReason::kTimeout, RunReason::kRunTimeout, "the run's timeout passed");
  } else if (limit && now - cell_began_ >= *limit) {
    AskInterrupt(CellReason::kTimeout, RunReason::kCellTimeout, "the cell's timeout passed");
  } else if (job.stall_timeout &&
             now - std::max(link_->last_sign(), cell_began_) >= *job.stall_timeout) {
    AskInterrupt(CellReason::kStalled, RunReason::kStalled,
                 "no output and no sign of life within the stall timeout");
  }
  return std::nullopt;
}

CellVerdict Attempt::Interrupted(CellState state) const {
  CellVerdict verdict = Lost(state, std::nullopt, interrupt_->run_reason, interrupt_->why);
  if (state == CellState::kFailed) verdict.reason = interrupt_->reason;
  // A kernel that obeyed can go on with the next cell, where the job says so.
  verdict.ends_attempt =
      stop_ || !current_->replied() || interrupt_->run_reason != RunReason::kCellTimeout;
  if (!current_->replied()) verdict.message += "; the kernel did not react to an interrupt";
  return verdict;
}

void Attempt::AskInterrupt(CellReason reason, RunReason run_reason, const std::string& why) {
  interrupt_ = Interrupt{reason, run_reason, why, Clock::now() + kGrace};
  awaitable<void> ask = gateway_.Interrupt(link_->kernel().kernel_id);
  Spawn(std::move(ask));
}

/// Output to disk in time, and the kernel's life asked for while the cell is silent.
void Attempt::KeepUp(Clock::time_point now) {
  if (writer_.dirty() && now - last_flush_ >= kFlushInterval) {
    writer_.Flush();
    last_flush_ = now;
  }
  const auto sign = std::max(link_->last_sign(), cell_began_);
  if (!probing_ && now - sign >= kSilence && now - last_probe_ >= kProbeInterval) {
    last_probe_ = now;
    probing_ = true;
    Spawn(link_->Probe());
  }
}

Attempt::Clock::time_point Attempt::NextLook(Clock::time_point now) const {
  auto next = now + seconds(1);
  if (writer_.dirty()) next = std::min(next, last_flush_ + kFlushInterval);
  const auto& job = claim_.job;
  const Cell& cell = job.cells[static_cast<std::size_t>(current_->cell())];
  const auto limit = cell.timeout ? cell.timeout : job.cell_timeout;
  if (!interrupt_ && limit) next = std::min(next, cell_began_ + *limit);
  if (!interrupt_ && job.timeout) next = std::min(next, began_ + *job.timeout);
  if (interrupt_) next = std::min(next, interrupt_->give_up);
  return std::max(next, now + milliseconds(1));
}

void Attempt::Spawn(awaitable<void> work) {
  const int id = next_background_++;
  auto signal = std::make_unique<asio::cancellation_signal>();
  const auto slot = signal->slot();
  background_signals_[id] = std::move(signal);
  ++background_;
  asio::co_spawn(executor_, std::move(work),
                 asio::bind_cancellation_slot(slot, [this, id](std::exception_ptr) {
                   // Link and kernel say themselves what went wrong; an interrupt that could not
                   // be sent ends with its grace.
                   --background_;
                   probing_ = false;
                   background_signals_.erase(id);
                   if (link_) link_->Notify();
                 }));
}

void Attempt::Guard(const std::function<void()>& write) {
  if (store_fault_) return;
  try {
    write();
  } catch (const Error& error) {
    store_fault_ = error.what();
    store_full_ = error.kind() == ErrorKind::kStoreFull;
  }
}

void Attempt::TakeMessage(const KernelMessage& message) {
  const auto found = executions_.find(message.parent_id);
  if (found != executions_.end()) {
    answered_at_ = Clock::now();
    Guard([&] { found->second->Take(message, WallClock()); });
  } else if (!fence_request_.empty() && message.parent_id == fence_request_ &&
             message.channel == Channel::kShell) {
    fence_at_ = Clock::now();
  } else if (current_ != nullptr && message.type == "execute_input" && !noted_foreign_) {
    noted_foreign_ = true;
    Guard([&] {
      writer_.AddEvent(current_->cell(), EventKind::kForeignTraffic, WallClock(),
                       "another client ran code on this kernel");
    });
  }
}

/// A kernel_info_request on the shell channel is answered only after the cell: when its answer
/// comes and the cell's does not, the cell's was lost.
void Attempt::TakeResumed(const std::string& detail) {
  if (current_ == nullptr || current_->done()) return;
  Guard([&] { writer_.AddEvent(current_->cell(), EventKind::kResumed, WallClock(), detail); });
  fence_request_ = NewId();
  fence_at_.reset();
  KernelRequest fence;
  fence.channel = Channel::kShell;
  fence.type = "kernel_info_request";
  fence.id = fence_request_;
  Spawn(link_->Send(std::move(fence)));
}

/// The DELETE's answer is not waited for: the next Cellar checks.
awaitable<void> Attempt::Release() {
  if (link_) {
    link_->Close();
    for (auto& [id, signal] : background_signals_) signal->emit(asio::cancellation_type::all);
    while (background_ > 0) co_await link_->Changed(Clock::now() + seconds(1));
  }
  try {
    if (link_) {
      store_.RecordKernelReleasing(kernel_row_);
      const StartedKernel kernel = link_->kernel();
      link_.reset();  // its WebSocket's timers keep an executor busy
      co_await gateway_.SendDelete(kernel);
    } else if (kernel_refused_) {
      store_.RecordKernelGone(kernel_row_);
    }
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
  }
}

}  // namespace cellar
