// How an attempt comes to its kernel: ordered, opened, and told the parameters.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "runner/attempt.h"
#include "runner/backoff.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFirstReply(60);
constexpr int kMostStillborn = 3;

}  // namespace

/// False: somebody stopped the attempt, or its time was over, before the kernel had answered.
awaitable<bool> Attempt::StartInTime() {
  bool ended = false;
  tasks_.Spawn(TryStart(), [this, &ended] {
    ended = true;
    wake_.cancel();
  });
  while (!ended && !IsEnding() && !IsRunLate(std::chrono::steady_clock::now())) {
    wake_.expires_at(claim_.job.timeout ? began_ + *claim_.job.timeout : SteadyTime::max());
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await wake_.async_wait(token);
  }
  if (ended) {
    if (start_fault_) throw Error(*start_fault_);
    co_return true;
  }
  co_await tasks_.CancelAll();
  if (!IsEnding()) {
    Fail(RunReason::kRunTimeout, "the run's timeout passed while its kernel was starting" +
                                     (waits_for_.empty() ? "" : ": " + waits_for_));
  }
  co_return false;
}

awaitable<void> Attempt::TryStart() {
  try {
    if (MustRejoin()) {
      co_await RejoinKernel();
    } else {
      co_await StartKernel();
    }
  } catch (const Error& error) {
    start_fault_ = error;
  } catch (const boost::system::system_error&) {
    throw;  // it was cancelled
  } catch (const std::exception& fault) {
    start_fault_ = Error(ErrorKind::kKernelUnavailable,
                         std::string("internal fault, please report it: ") + fault.what());
  }
}

awaitable<void> Attempt::StartKernel() {
  if (settings_.find_warm) kernel_ = co_await settings_.find_warm();
  if (kernel_) {
    kernel_->AssignTo(claim_.attempt);
    TakeKernel();
  } else {
    co_await OpenNewKernel();
  }
  if (on_kernel) on_kernel();
  writer_.KernelReady(std::chrono::steady_clock::now() - began_);
  AddParameterCell();
  Serve();
}

/// One that died before it had answered has run nothing: another takes its place. jupyter_server
/// starts a kernel five times more on the ports that somebody else took in its first start, and
/// gives it up then (jupyter_client 7.4, LocalProvisioner.ports_cached).
awaitable<void> Attempt::OpenNewKernel() {
  for (int stillborn = 1;; ++stillborn) {
    co_await OrderKernel();
    std::string why;
    try {
      co_await link_->Open(kFirstReply);
      kernel_->RecordProcess();
      co_return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kKernelGone) throw;
      why = std::string(error.what()) + ", before its first answer";
    }
    if (stillborn == kMostStillborn) {
      throw Error(ErrorKind::kKernelUnavailable,
                  fmt::format("{}, as {} before it: does '{}' start at all? The gateway's log says "
                              "why it did not",
                              why, stillborn - 1, link_->kernel().kernelspec));
    }
    if (on_note) on_note(why + ": another is started");
    link_ = nullptr;
    co_await kernel_->GiveBack();
    kernel_.reset();
  }
}

void Attempt::Serve() {
  if (!kernel_->served()) kernel_->Serve();
}

awaitable<void> Attempt::OrderKernel() {
  KernelOrder order;
  order.kernelspec = claim_.job.kernel;
  order.working_dir = settings_.working_dir;
  kernel_ = std::make_unique<OwnKernel>(executor_, store_, gateway_, settings_.gateway_name, order,
                                        claim_.attempt, settings_.link);
  writer_.SetPlace(AttemptPlace{settings_.gateway_name, order.kernelspec});
  for (int failures = 1;; ++failures) {
    milliseconds patience{};
    try {
      co_await kernel_->Start();
      TakeKernel();
      co_return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kGatewayBusy || settings_.leaves_unplaced) throw;
      waits_for_ = error.what();
      patience = error.patience();
      if (failures == 1 && on_note) on_note(waits_for_ + ": waiting for a kernel");
    }
    patience = std::max(patience, BackoffDelay(failures, milliseconds(250), seconds(5), 0.5));
    asio::steady_timer pause(executor_, patience);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void Attempt::TakeKernel() {
  KernelLink& link = kernel_->link();
  link_ = &link;
  writer_.SetPlace(AttemptPlace{settings_.gateway_name, link.kernel().kernelspec});
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

}  // namespace cellar
