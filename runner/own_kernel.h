// A kernel of ours, from its order to its return. The store knows of it before the gateway does,
// and until it is known to be gone: whoever comes after us can end it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runner/gateway/gateway.h"
#include "runner/kernel_link.h"
#include "runner/task_group.h"
#include "store/store.h"

namespace cellar {

class OwnKernel {
 public:
  /// Writes the intent down. The order's tag is made here.
  OwnKernel(boost::asio::any_io_executor executor, Store& store, Gateway& gateway,
            const std::string& gateway_name, KernelOrder order, std::optional<AttemptId> attempt,
            LinkLimits limits = {});

  /// One that an earlier worker left, with the session of its WebSocket (empty: it had none).
  OwnKernel(boost::asio::any_io_executor executor, Store& store, Gateway& gateway,
            const KernelRecord& record, const std::string& ws_session_id, LinkLimits limits);

  /// Has the gateway start it. Throws Error; after kGatewayBusy it may be tried again.
  boost::asio::awaitable<void> Start();
  bool started() const { return link_ != nullptr; }

  /// The way to it, not opened yet. Only once it has been started.
  KernelLink& link() { return *link_; }

  /// Reads from it, and takes its connection up again when that is cut; `then` is called when that
  /// has ended: it was closed, or is lost. Once.
  void Serve(std::function<void()> then = nullptr);
  bool served() const { return served_; }
  /// Asks beside everything else whether it is alive; one that is gone becomes the link's fault.
  void Probe() { tasks_.Spawn(link_->Probe(true)); }
  /// To be awaited before it goes; GiveBack does.
  boost::asio::awaitable<void> StopServing();

  /// Notes which process it is, once it has answered.
  void RecordProcess();
  /// One that was started before it was wanted is now this attempt's.
  void AssignTo(AttemptId attempt);

  /// Sends the DELETE. Its answer, which takes a server up to seconds, is not waited for: the next
  /// Cellar checks. A kernel that died is deleted until it is gone. Nothing else of ours may use
  /// the link any more. Throws Error.
  boost::asio::awaitable<void> GiveBack();

 private:
  boost::asio::awaitable<void> DeleteDead(StartedKernel kernel);

  boost::asio::any_io_executor executor_;
  Store& store_;
  Gateway& gateway_;
  KernelOrder order_;
  LinkLimits limits_;
  KernelRowId row_;
  bool absent_ = true;  // never asked for, or refused: there is nothing to give back
  bool served_ = false;
  std::unique_ptr<KernelLink> link_;
  TaskGroup tasks_;  // that use the link
};

}  // namespace cellar
