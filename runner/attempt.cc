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
      wake_(executor),
      began_(Now()),
      last_flush_(began_),
      last_probe_(began_) {}

Attempt::~Attempt() = default;

void Attempt::Stop() {
  stop_ = true;
  wake_.cancel();
  if (link_ != nullptr) link_->Notify();
}

awaitable<void> Attempt::Run() {
  std::optional<Error> fault;
  try {
    co_await StartInTime();
    if (!stop_ && outcome_.state == RunState::kSucceeded) co_await RunCells();
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

bool Attempt::IsRunLate(SteadyTime now) const {
  return claim_.job.timeout && now - began_ >= *claim_.job.timeout;
}

/// Unless somebody stops the attempt, or its time is over, before the kernel has answered.
awaitable<void> Attempt::StartInTime() {
  bool ended = false;
  tasks_.Spawn(TryStart(), [this, &ended] {
    ended = true;
    wake_.cancel();
  });
  while (!ended && !stop_ && !IsRunLate(Now())) {
    wake_.expires_at(claim_.job.timeout ? began_ + *claim_.job.timeout : SteadyTime::max());
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await wake_.async_wait(token);
  }
  if (ended) {
    if (start_fault_) throw Error(*start_fault_);
    co_return;
  }
  co_await tasks_.CancelAll();
  if (!stop_) {
    Fail(RunReason::kRunTimeout, "the run's timeout passed while its kernel was starting" +
                                     (waits_for_.empty() ? "" : ": " + waits_for_));
  }
}

awaitable<void> Attempt::TryStart() {
  try {
    co_await StartKernel();
  } catch (const Error& error) {
    start_fault_ = error;
  }
}

awaitable<void> Attempt::StartKernel() {
  co_await OrderKernel();
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
                                        claim_.attempt, settings_.link);
  writer_.SetPlace(AttemptPlace{settings_.gateway_name, order.kernelspec});
  for (int failures = 1;; ++failures) {
    try {
      co_await kernel_->Start();
      link_ = &kernel_->link();
      Listen(*link_);
      writer_.SetPlace(AttemptPlace{settings_.gateway_name, link_->kernel().kernelspec});
      co_return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kGatewayBusy) throw;
      waits_for_ = error.what();
      if (failures == 1 && on_note) on_note(waits_for_ + ": waiting for a kernel");
    }
    asio::steady_timer pause(executor_, BackoffDelay(failures, milliseconds(250), seconds(5), 0.5));
    co_await pause.async_wait(asio::use_awaitable);
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
    const bool is_there = co_await AwaitKernel(index, cell);
    if (!is_there) break;
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

/// Until the attempt's own kernel can be used. False: the cell is not sent, and why is said.
awaitable<bool> Attempt::AwaitKernel(int index, const Cell& cell) {
  const std::string before = "before " + Named(index, cell.name);
  while (!stop_) {
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
  resumed_ = false;
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
  if (resumed_) facts.fence_answered = link_->ready_since();
  facts.connected = link_->connected();
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
