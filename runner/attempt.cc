#include "runner/attempt.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "runner/backoff.h"
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

std::string Named(int index, const std::string& name) {
  return "cell " + std::to_string(index) + (name.empty() ? "" : " (" + name + ")");
}

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
      pause_(executor),
      began_(Now()),
      last_flush_(began_),
      last_probe_(began_) {}

Attempt::~Attempt() = default;

void Attempt::Stop() {
  stop_ = true;
  pause_.cancel();
  if (link_ == nullptr) return;
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
  WriteEnd();
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

void Attempt::WriteEnd() {
  AttemptEnd end;
  end.state = outcome_.state;
  end.reason = outcome_.reason;
  end.message = outcome_.message;
  end.duration = Now() - began_;
  retry_delay_ = RetryDelay(claim_.job.retry, claim_.number, outcome_);
  end.retries = retry_delay_.has_value();
  try {
    writer_.End(end, WallClock());
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
  }
}

awaitable<void> Attempt::StartKernel() {
  co_await OrderKernel();
  if (stop_) co_return;
  co_await link_->Open(kFirstAnswer);
  writer_.KernelReady(Now() - began_);
  AddParameterCell();
  tasks_.Spawn(link_->Serve(), [this] { link_->Notify(); });
}

awaitable<void> Attempt::OrderKernel() {
  KernelOrder order;
  order.kernelspec = claim_.job.kernel;
  order.working_dir = settings_.working_dir;
  kernel_ = std::make_unique<OwnKernel>(executor_, store_, gateway_, settings_.gateway_name, order,
                                        claim_.attempt);
  writer_.SetPlace(AttemptPlace{settings_.gateway_name, order.kernelspec});
  for (int failures = 1; !stop_; ++failures) {
    try {
      co_await kernel_->Start();
      link_ = &kernel_->link();
      Listen(*link_);
      writer_.SetPlace(AttemptPlace{settings_.gateway_name, link_->kernel().kernelspec});
      co_return;
    } catch (const Error& error) {
      const bool is_late = claim_.job.timeout && Now() - began_ > *claim_.job.timeout;
      if (error.kind() != ErrorKind::kGatewayBusy || is_late) throw;
      if (failures == 1 && on_note) on_note(std::string(error.what()) + ": waiting for a kernel");
    }
    pause_.expires_after(BackoffDelay(failures, milliseconds(250), seconds(5), 0.5));
    boost::system::error_code stopped;
    auto token = asio::redirect_error(asio::use_awaitable, stopped);
    co_await pause_.async_wait(token);
  }
}

void Attempt::Listen(KernelLink& link) {
  link.on_message = [this](const KernelMessage& message) { TakeMessage(message); };
  link.on_resumed = [this](const std::string& detail) { TakeResumed(detail); };
  link.on_unreadable = [this](const std::string& what) {
    if (current_ == nullptr) return;
    Guard([&] { current_->LoseOutput(WallClock(), "a message could not be read: " + what); });
  };
}

void Attempt::AddParameterCell() {
  Job& job = claim_.job;
  if (!HasParameterValues(job)) return;
  const auto source = RenderParameters(link_->language(), job.parameters);
  if (!source) {
    throw Error(ErrorKind::kUsage,
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
    if (cell.skip) {
      writer_.PassOver(index, CellState::kSkipped);
      CellEnd end{};
      end.state = CellState::kSkipped;
      if (on_cell_end) on_cell_end(index, cell.name, end);
      continue;
    }
    const CellVerdict verdict = co_await RunCell(index, cell);
    EndCell(index, cell, verdict);
    if (verdict.ends_attempt) break;
    if (verdict.run_reason && cell.on_error == OnError::kStop) break;
    if (current_->asked_to_exit() && index + 1 < count) {
      Fail(RunReason::kKernelDied,
           Named(index, cell.name) + " ended the kernel (exit) before the last cell");
      break;
    }
  }
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
  if (verdict.run_reason) Fail(*verdict.run_reason, Named(index, cell.name) + ": " + end.message);
}

awaitable<CellVerdict> Attempt::RunCell(int index, const Cell& cell) {
  BeginCell(index, cell);
  co_await SendCell(cell);
  while (true) {
    const std::optional<CellVerdict> verdict = LookAtCell(cell);
    if (verdict) co_return *verdict;
    const SteadyTime now = Now();
    KeepUp(now);
    SteadyTime next = watch_->NextLook(now);
    if (writer_.dirty()) next = std::min(next, last_flush_ + kFlushInterval);
    co_await link_->Changed(next);
  }
}

void Attempt::BeginCell(int index, const Cell& cell) {
  const std::string id = NewId();
  executions_[id] = std::make_unique<CellExecution>(id, index, writer_, displays_);
  current_ = executions_[id].get();
  writer_.BeginCell(index, id, link_->session_id(), WallClock());
  writer_.Flush();  // on disk before it is sent
  last_flush_ = cell_began_ = Now();
  CellLimits limits;
  limits.cell = cell.timeout ? cell.timeout : claim_.job.cell_timeout;
  limits.run = claim_.job.timeout;
  limits.stall = claim_.job.stall_timeout;
  watch_.emplace(limits, began_, cell_began_);
  last_message_.reset();
  fence_request_.clear();
  fence_answered_.reset();
  noted_foreign_ = false;
  if (on_cell_begin) on_cell_begin(index, cell.name);
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
      return step.verdict;
  }
  return std::nullopt;
}

CellFacts Attempt::Facts() const {
  CellFacts facts;
  facts.replied = current_->replied();
  facts.idle = current_->idle();
  facts.last_message = last_message_;
  facts.last_sign = link_->last_sign();
  facts.fence_answered = fence_answered_;
  facts.fault = link_->fault();
  facts.fault_message = link_->fault_message();
  facts.stop = stop_;
  return facts;
}

/// Output to disk in time, and the kernel's life asked for while the cell is silent.
void Attempt::KeepUp(SteadyTime now) {
  if (writer_.dirty() && now - last_flush_ >= kFlushInterval) {
    writer_.Flush();
    last_flush_ = now;
  }
  const SteadyTime sign = std::max(link_->last_sign(), cell_began_);
  if (!probing_ && now - sign >= kSilence && now - last_probe_ >= kProbeInterval) {
    last_probe_ = now;
    probing_ = true;
    tasks_.Spawn(link_->Probe(), [this] { probing_ = false; });
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
  } else if (!fence_request_.empty() && message.parent_id == fence_request_ &&
             message.channel == Channel::kShell) {
    fence_answered_ = Now();
  } else if (message.type == "execute_input" && !noted_foreign_) {
    noted_foreign_ = true;
    AddCellEvent(EventKind::kForeignTraffic, "another client ran code on this kernel");
  }
}

/// A kernel_info_request on the shell channel is answered only after the cell: when its answer
/// comes and the cell's does not, the cell's was lost.
void Attempt::TakeResumed(const std::string& detail) {
  if (current_ == nullptr || current_->done()) return;
  AddCellEvent(EventKind::kResumed, detail);
  fence_request_ = NewId();
  fence_answered_.reset();
  KernelRequest fence;
  fence.channel = Channel::kShell;
  fence.type = "kernel_info_request";
  fence.id = fence_request_;
  tasks_.Spawn(link_->Send(std::move(fence)));
}

awaitable<void> Attempt::Release() {
  if (link_ != nullptr) link_->Close();
  co_await tasks_.CancelAll();
  link_ = nullptr;
  if (!kernel_) co_return;
  try {
    co_await kernel_->GiveBack();
  } catch (const Error& error) {
    if (on_note) on_note(error.what());
  }
}

}  // namespace cellar
