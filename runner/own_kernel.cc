#include "runner/own_kernel.h"

#include <utility>

#include "jobs/error.h"
#include "runner/gateway/message.h"
#include "runner/gateway/not_connected.h"
#include "runner/wall_clock.h"

namespace cellar {

using boost::asio::awaitable;

OwnKernel::OwnKernel(boost::asio::any_io_executor executor, Store& store, Gateway& gateway,
                     const std::string& gateway_name, KernelOrder order,
                     std::optional<AttemptId> attempt)
    : executor_(executor), store_(store), gateway_(gateway), order_(std::move(order)) {
  order_.tag = "cellar-" + NewId();
  KernelRecord record;
  record.gateway = gateway_name;
  record.url = gateway_.address().url;
  record.tag = order_.tag;
  record.kernelspec = order_.kernelspec;
  record.created_at = WallClock();
  row_ = store_.RecordKernelIntent(record, attempt);
}

awaitable<void> OwnKernel::Start() {
  absent_ = false;
  try {
    StartedKernel kernel = co_await gateway_.StartKernel(order_);
    store_.RecordKernelStarted(row_, kernel.kernel_id, kernel.session_id);
    link_ = std::make_unique<KernelLink>(executor_, gateway_, std::move(kernel));
  } catch (const Error& error) {
    // Where a request got no answer there may be a kernel all the same.
    absent_ =
        dynamic_cast<const NotConnected*>(&error) != nullptr ||
        (error.kind() != ErrorKind::kGatewayUnreachable && error.kind() != ErrorKind::kGatewayLost);
    throw;
  }
}

awaitable<void> OwnKernel::GiveBack() {
  if (link_) {
    store_.RecordKernelReleasing(row_);
    const StartedKernel kernel = link_->kernel();
    link_.reset();  // its WebSocket's timers keep an executor busy
    co_await gateway_.SendDelete(kernel);
  } else if (absent_) {
    store_.RecordKernelGone(row_);
  }
}

}  // namespace cellar
