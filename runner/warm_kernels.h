// Kernels that are ready before a run wants them: started, connected, and answering. Up to `warm`
// of each kernelspec of a gateway, started in the background one at a time, never while a run waits
// for a kernel there. Each is used for one attempt and ends with it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "jobs/error.h"
#include "runner/config.h"
#include "runner/gateway_set.h"
#include "runner/own_kernel.h"
#include "runner/task_group.h"
#include "store/store.h"

namespace cellar {

class WarmKernels {
 public:
  WarmKernels(boost::asio::any_io_executor executor, Store& store, GatewaySet& gateways,
              const Config& config);

  std::function<void(const std::string& line)> on_note;
  /// One has become ready, or has made place for something else.
  std::function<void()> on_change;

  /// Starts one more where some are missing, ends those that nobody wanted for long. `most`: no
  /// more of all together are of use. To be called whenever something happened.
  void TopUp(int most);

  /// For a run that has a place on the gateway: one that is ready, or about to be. It answers now,
  /// and no run has used it. nullptr: there is none in this directory; then there is room for one
  /// that the run starts itself.
  boost::asio::awaitable<std::unique_ptr<OwnKernel>> Take(GatewayEntry& entry,
                                                          std::string kernelspec,
                                                          std::string working_dir);
  bool HasReady(const GatewayEntry& entry, const std::string& kernelspec) const;

  /// The gateway has no room for a run: one that is ready goes. False: there is none.
  bool GiveWay(const GatewayEntry& entry);

  /// Ends all, and starts no more. To be awaited before this goes.
  boost::asio::awaitable<void> End(std::chrono::milliseconds patience);
  /// The same, without waiting.
  void BeginEnd();

 private:
  enum class State { kStarting, kReady, kEnding };
  struct Warm {
    GatewayEntry* entry;
    std::string kernelspec;
    std::unique_ptr<OwnKernel> kernel;
    State state = State::kStarting;
    bool is_taken = false;     // by a run that waits for it
    bool is_unwanted = false;  // ends once it is started
  };
  using WarmPtr = std::shared_ptr<Warm>;
  class Hold;

  /// Of one kernelspec on one gateway.
  struct Shelf {
    std::chrono::steady_clock::time_point last_wanted;
    std::chrono::steady_clock::time_point retry_at;
    int failures = 0;  // to start one, in a row
  };
  Shelf& ShelfOf(const GatewayEntry& entry, const std::string& kernelspec);

  void TopUpGateway(const std::string& name, const GatewayConfig& gateway, int most);
  bool MayStart(const GatewayEntry& entry) const;
  long RoomIn(const GatewayEntry& entry) const;
  void GiveWayToOthers(const GatewayEntry& entry);
  int CountEnding(const GatewayEntry& entry) const;
  int CountFree(const GatewayEntry& entry) const;
  int CountFree(const GatewayEntry& entry, const std::string& kernelspec) const;
  WarmPtr FindFree(const GatewayEntry& entry, const std::string& kernelspec) const;
  WarmPtr FindIdle(const GatewayEntry& entry, const std::string& kernelspec) const;

  boost::asio::awaitable<void> Start(WarmPtr warm);
  boost::asio::awaitable<void> Open(Warm& warm);
  void TakeFailure(Warm& warm, const Error& fault);
  void Discard(const WarmPtr& warm);
  boost::asio::awaitable<void> GiveBack(WarmPtr warm);
  void ProbeIdle(std::chrono::steady_clock::time_point now);
  boost::asio::awaitable<void> MakeRoom(const GatewayEntry& entry);
  boost::asio::awaitable<void> AwaitNone();
  boost::asio::awaitable<void> AwaitChange();
  void NoteChange();

  boost::asio::any_io_executor executor_;
  Store& store_;
  GatewaySet& gateways_;
  const Config& config_;
  boost::asio::steady_timer changed_;
  std::list<WarmPtr> kernels_;
  std::map<std::pair<std::string, std::string>, Shelf> shelves_;  // by gateway and kernelspec
  std::set<std::string> unusable_;                                // gateways, already said
  std::chrono::steady_clock::time_point next_probe_;
  bool ending_ = false;
  TaskGroup tasks_;
};

}  // namespace cellar
