// One attempt at a run: a fresh kernel, the cells in order, one request in flight, everything
// written down. How it ended is a value in the store; what it throws is a programming mistake.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runner/cell_execution.h"
#include "runner/gateway/gateway.h"
#include "runner/kernel_link.h"
#include "store/attempt_writer.h"

namespace cellar {

struct AttemptSettings {
  std::string gateway_name;        // as it is recorded
  std::string working_dir;         // '/'-separated, relative to the gateway's root
  std::uint64_t output_limit = 0;  // bytes kept of each cell; 0: all
  bool strict_outputs = false;     // outputs that the gateway dropped fail the cell
};

struct Outcome {
  RunState state = RunState::kSucceeded;
  std::optional<RunReason> reason;
  std::string message;
};

/// How long to wait before another attempt; nullopt: `retry` allows none. `number` is that of the
/// attempt that ended. Pure.
std::optional<std::chrono::milliseconds> RetryDelay(const Retry& retry, int number,
                                                    const Outcome& outcome);

/// What became of a cell whose request was answered, or was not.
struct CellVerdict {
  CellState state = CellState::kSucceeded;
  std::optional<CellReason> reason;
  std::string message;
  std::optional<RunReason> run_reason;  // why the run fails; nullopt: it does not
  bool ends_attempt = false;            // whatever on_error says
};

/// The verdict on a cell whose reply came. Pure.
CellVerdict JudgeReply(const Cell& cell, const CellExecution& execution, bool strict_outputs);

class Attempt {
 public:
  using Clock = std::chrono::steady_clock;

  Attempt(boost::asio::any_io_executor executor, Store& store, Claim claim, Gateway& gateway,
          AttemptSettings settings);
  ~Attempt();

  /// Called when a cell has ended: its index among all, its name, its end.
  std::function<void(int index, const std::string& name, const CellEnd& end)> on_cell_end;
  /// Something that a person should hear at once.
  std::function<void(const std::string& line)> on_note;

  /// To the end, which is written to the store.
  boost::asio::awaitable<void> Run();

  /// Interrupts the running cell, stores, and gives the kernel back: ends as cancelled (by_user).
  void Stop();

  const Outcome& outcome() const { return outcome_; }
  /// Set when the run was queued for another attempt: how long to wait before it.
  std::optional<std::chrono::milliseconds> retry_delay() const { return retry_delay_; }

 private:
  boost::asio::awaitable<void> StartKernel();
  boost::asio::awaitable<void> OrderKernel();
  boost::asio::awaitable<void> RunCells();
  boost::asio::awaitable<CellVerdict> RunCell(int index, const Cell& cell);
  boost::asio::awaitable<void> SendCell(const Cell& cell);
  boost::asio::awaitable<std::optional<CellVerdict>> AwaitCell(const Cell& cell);
  boost::asio::awaitable<void> Release();
  std::optional<CellVerdict> CheckFaults(const Cell& cell);
  std::optional<CellVerdict> CheckAnswer(const Cell& cell, Clock::time_point now);
  std::optional<CellVerdict> CheckLimits(const Cell& cell, Clock::time_point now);
  CellVerdict Interrupted(CellState state) const;
  void AskInterrupt(CellReason reason, RunReason run_reason, const std::string& why);
  void KeepUp(Clock::time_point now);
  Clock::time_point NextLook(Clock::time_point now) const;
  void Spawn(boost::asio::awaitable<void> work);
  void TakeMessage(const KernelMessage& message);
  void TakeResumed(const std::string& detail);
  void AddParameterCell();
  void Guard(const std::function<void()>& write);
  void Fail(RunReason reason, const std::string& message);

  boost::asio::any_io_executor executor_;
  Store& store_;
  Claim claim_;
  Gateway& gateway_;
  AttemptSettings settings_;
  AttemptWriter writer_;
  DisplayRegistry displays_;
  std::map<std::string, std::unique_ptr<CellExecution>> executions_;  // by msg_id
  CellExecution* current_ = nullptr;
  std::unique_ptr<KernelLink> link_;
  KernelRowId kernel_row_;
  bool kernel_refused_ = false;  // the gateway said no: there is nothing to give back
  Outcome outcome_;
  std::optional<std::chrono::milliseconds> retry_delay_;

  Clock::time_point began_;
  Clock::time_point cell_began_;
  Clock::time_point last_flush_;
  Clock::time_point last_probe_;
  Clock::time_point answered_at_;  // the latest message of a cell; probes' answers do not count
  std::optional<Clock::time_point> idle_at_;   // idle without a reply since then
  std::optional<Clock::time_point> reply_at_;  // a reply without idle since then
  std::optional<Clock::time_point> fence_at_;  // a later request was answered before the cell was
  std::string fence_request_;
  bool stop_ = false;
  bool noted_foreign_ = false;
  struct Interrupt {
    CellReason reason;
    RunReason run_reason;
    std::string why;
    Clock::time_point give_up;
  };
  std::optional<Interrupt> interrupt_;
  std::optional<std::string> store_fault_;
  bool store_full_ = false;
  bool probing_ = false;
  int background_ = 0;
  std::map<int, std::unique_ptr<boost::asio::cancellation_signal>> background_signals_;
  int next_background_ = 0;
};

}  // namespace cellar
