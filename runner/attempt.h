// One attempt at a run: a fresh kernel, the cells in order, one request in flight, everything
// written down. How it ended is a value in the store; what it throws is this program's own failure.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runner/cell_execution.h"
#include "runner/cell_verdict.h"
#include "runner/cell_watch.h"
#include "runner/gateway/gateway.h"
#include "runner/group_sync.h"
#include "runner/outcome.h"
#include "runner/own_kernel.h"
#include "runner/task_group.h"
#include "store/adoption.h"
#include "store/attempt_writer.h"

namespace cellar {

struct AttemptSettings {
  std::string gateway_name;        // as it is recorded
  std::string working_dir;         // '/'-separated, relative to the gateway's root
  std::uint64_t output_limit = 0;  // bytes kept of each cell; 0: all
  bool strict_outputs = false;     // outputs that were lost fail the cell
  LinkLimits link;
  // A gateway that is full, or does not answer, ends no run: the claim is given back.
  bool leaves_unplaced = false;
  GroupSync* sync = nullptr;     // that is shared with others; nullptr: each fsync for itself
  std::optional<Error> unready;  // why its gateway could not be made ready
  // Asked once, before a kernel is ordered: one that is started, open and served. nullptr: none.
  std::function<boost::asio::awaitable<std::unique_ptr<OwnKernel>>()> find_warm;
};

class Attempt {
 public:
  Attempt(boost::asio::any_io_executor executor, Store& store, Claim claim, Gateway& gateway,
          AttemptSettings settings);
  ~Attempt();

  /// Its kernel is there and has answered: from now on no gateway is asked for one.
  std::function<void()> on_kernel;
  /// Called when a cell has been sent, and when it has ended: its index among all, its name.
  std::function<void(int index, const std::string& name)> on_cell_begin;
  std::function<void(int index, const std::string& name, const CellEnd& end)> on_cell_end;
  /// Something that a person should hear at once.
  std::function<void(const std::string& line)> on_note;

  /// Before Run: goes on with what an earlier worker began. Its kernel is found again, the replies
  /// that came meanwhile are replayed by the gateway; where nobody can say what became of the cell
  /// that was sent, the run ends as failed (interrupted).
  void GoOnWith(AdoptedAttempt adopted);

  /// To the end, which is written to the store. Throws Error only when the store itself failed.
  boost::asio::awaitable<void> Run();

  /// Interrupts the running cell, stores, and gives the kernel back: ends as `outcome` says.
  void Stop(const Outcome& outcome);
  /// Stores what came and leaves kernel and attempt to the next worker.
  void LetGo();

  RunId run() const { return claim_.run; }
  /// Set when the claim was given back: why there was no kernel.
  const std::optional<Error>& unplaced() const { return unplaced_; }
  const Outcome& outcome() const { return outcome_; }
  /// Set when the run was queued for another attempt: how long to wait before it.
  std::optional<std::chrono::milliseconds> retry_delay() const { return retry_delay_; }

 private:
  boost::asio::awaitable<bool> StartInTime();
  boost::asio::awaitable<void> TryStart();
  boost::asio::awaitable<void> StartKernel();
  boost::asio::awaitable<void> OpenNewKernel();
  boost::asio::awaitable<void> OrderKernel();
  boost::asio::awaitable<void> RejoinKernel();
  bool MustRejoin() const;
  void RestoreCells();
  void RestoreExecution(int index, const AdoptedCell& cell);
  void TakeKernel();
  void Serve();
  void AddParameterCell();

  boost::asio::awaitable<void> RunCells();
  boost::asio::awaitable<bool> AwaitKernel(int index, const Cell& cell);
  boost::asio::awaitable<std::optional<CellVerdict>> RunCell(int index, const Cell& cell);
  boost::asio::awaitable<void> BeginCell(int index, const Cell& cell);
  void WatchCell(const Cell& cell);
  boost::asio::awaitable<void> SendCell(const Cell& cell);
  std::optional<CellVerdict> LookAtCell(const Cell& cell);
  void EndCell(int index, const Cell& cell, const CellVerdict& verdict);
  CellVerdict AfterAdoption(CellVerdict verdict) const;
  CellFacts Facts() const;
  void KeepUp(SteadyTime now);

  void TakeMessage(const KernelMessage& message);
  void TakeResumed(const std::string& detail);
  void AddCellEvent(EventKind kind, const std::string& detail);
  void Guard(const std::function<void()>& write);

  bool IsRunLate(SteadyTime now) const;
  void NoteCutOutput();
  void Fail(RunReason reason, const std::string& message);
  bool IsEnding() const { return stop_.has_value() || let_go_; }
  void Wake();
  bool GiveClaimBack(const Error& fault);
  std::optional<Error> WriteEnd();
  boost::asio::awaitable<void> Release(bool leaves_kernel);

  boost::asio::any_io_executor executor_;
  Store& store_;
  Claim claim_;
  Gateway& gateway_;
  AttemptSettings settings_;
  AttemptWriter writer_;
  std::unique_ptr<OwnKernel> kernel_;
  KernelLink* link_ = nullptr;  // of kernel_, once that has been started
  TaskGroup tasks_;
  boost::asio::steady_timer wake_;  // of who waits for the start
  std::optional<Error> start_fault_;
  std::string waits_for_;  // why there is no kernel yet
  DisplayRegistry displays_;
  std::map<std::string, std::unique_ptr<CellExecution>> executions_;  // by msg_id
  Outcome outcome_;
  std::optional<std::chrono::milliseconds> retry_delay_;
  std::optional<Error> store_fault_;  // met while messages were taken
  std::optional<Error> unplaced_;
  std::optional<Outcome> stop_;  // how it ends when somebody wants it to end
  bool let_go_ = false;
  std::optional<AdoptedAttempt> adopted_;
  bool rejoining_ = false;
  int next_cell_ = 0;
  SteadyTime began_;
  SteadyTime last_flush_;
  SteadyTime last_probe_;
  bool probing_ = false;

  // Of the cell that is running.
  CellExecution* current_ = nullptr;
  std::optional<CellWatch> watch_;
  SteadyTime cell_began_;
  std::optional<SteadyTime> last_message_;
  bool resumed_ = false;  // the connection was cut meanwhile
  bool noted_foreign_ = false;
  bool is_adopted_ = false;  // an earlier worker sent it
};

}  // namespace cellar
