// Asks the gateways in the background what a choice needs to know: which kernelspecs they have, and
// whether those that are left alone answer again. No run waits for it that has a place elsewhere.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "runner/gateway_set.h"
#include "runner/task_group.h"

namespace cellar {

class GatewaySurvey {
 public:
  GatewaySurvey(boost::asio::any_io_executor executor, GatewaySet& gateways);

  /// Called behind every answer, and where there was none in time.
  std::function<void()> on_answer;

  /// Asks those whose turn it is: not asked yet, left alone long enough, or without the kernelspec
  /// that a run wants. To be called whenever something happened.
  void Look();

  /// To be awaited before the gateways go.
  boost::asio::awaitable<void> Stop();

 private:
  boost::asio::awaitable<void> Ask(GatewayEntry& entry);
  boost::asio::awaitable<void> Take(GatewayEntry& entry);

  GatewaySet& gateways_;
  bool is_stopped_ = false;
  TaskGroup tasks_;
};

}  // namespace cellar
