#include "runner/own_kernel.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "jobs/error.h"
#include "runner/backoff.h"
#include "runner/gateway/message.h"
#include "runner/gateway/not_connected.h"
#include "runner/gateway/with_timeout.h"
#include "runner/wall_clock.h"

namespace cellar {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kDeadPatience(10);

}  // namespace

OwnKernel::OwnKernel(boost::asio::any_io_executor executor, Store& store, Gateway& gateway,
                     const std::string& gateway_name, KernelOrder order,
                     std::optional<AttemptId> attempt, LinkLimits limits)
    : executor_(executor),
      store_(store),
      gateway_(gateway),
      order_(std::move(order)),
      limits_(limits),
      tasks_(executor) {
  order_.tag = "cellar-" + NewId();
  KernelRecord record;
  record.gateway = gateway_name;
  record.url = gateway_.address().url;
  record.tag = order_.tag;
  record.kernelspec = order_.kernelspec;
  record.created_at = WallClock();
  row_ = store_.RecordKernelIntent(record, attempt);
  order_.on_ask = [this] { store_.RecordKernelAsked(row_, WallClock()); };
}

OwnKernel::OwnKernel(boost::asio::any_io_executor executor, Store& store, Gateway& gateway,
                     const KernelRecord& record, const std::string& ws_session_id,
                     LinkLimits limits)
    : executor_(executor),
      store_(store),
      gateway_(gateway),
      limits_(limits),
      row_(record.row),
      absent_(false),
      tasks_(executor) {
  StartedKernel kernel;
  kernel.kernel_id = record.kernel_id;
  kernel.session_id = record.session_id;
  kernel.kernelspec = record.kernelspec;
  link_ = std::make_unique<KernelLink>(executor_, gateway_, std::move(kernel), limits_,
                                       ws_session_id.empty() ? NewId() : ws_session_id,
                                       record.process_session);
}

void OwnKernel::RecordProcess() { store_.RecordKernelProcess(row_, link_->process_session()); }

void OwnKernel::AssignTo(AttemptId attempt) { store_.AssignKernel(row_, attempt); }

awaitable<void> OwnKernel::Start() {
  absent_ = false;
  StartedKernel kernel;
  try {
    kernel = co_await gateway_.StartKernel(order_);
  } catch (const Error& error) {
    // Where a request got no answer there may be a kernel all the same.
    absent_ =
        dynamic_cast<const NotConnected*>(&error) != nullptr ||
        (error.kind() != ErrorKind::kGatewayUnreachable && error.kind() != ErrorKind::kGatewayLost);
    throw;
  }
  // First the link: where the record fails there is still a kernel to give back.
  link_ = std::make_unique<KernelLink>(executor_, gateway_, std::move(kernel), limits_);
  store_.RecordKernelStarted(row_, link_->kernel().kernel_id, link_->kernel().session_id);
}

void OwnKernel::Serve(std::function<void()> then) {
  served_ = true;
  tasks_.Spawn(link_->Serve(), std::move(then));
}

awaitable<void> OwnKernel::StopServing() {
  if (link_) link_->Close();
  co_await tasks_.CancelAll();
}

awaitable<void> OwnKernel::GiveBack() {
  co_await StopServing();
  if (link_) {
    store_.RecordKernelReleasing(row_);
    const StartedKernel kernel = link_->kernel();
    const bool died = link_->fault() == LinkFault::kKernelDied;
    link_.reset();  // its WebSocket's timers keep an executor busy
    if (died) {
      co_await WithTimeout(DeleteDead(kernel), kDeadPatience);
    } else {
      co_await gateway_.SendDelete(kernel);
    }
  } else if (absent_) {
    store_.RecordKernelGone(row_);
  } else {
    store_.RecordKernelReleasing(row_);  // whether there is one its tag will tell
  }
}

/// In the moment of its restart jupyter_server answers 500, and keeps the kernel (1.23.3).
awaitable<void> OwnKernel::DeleteDead(StartedKernel kernel) {
  for (int failures = 1;; ++failures) {
    try {
      co_await gateway_.DeleteKernel(kernel);
      store_.RecordKernelGone(row_);
      co_return;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kStore) throw;
    }
    boost::asio::steady_timer pause(executor_,
                                    BackoffDelay(failures, milliseconds(100), seconds(2), 1.0));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace cellar
