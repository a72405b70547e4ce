// One kernel process: its thread takes the shell requests one by one and plays each cell's script.
// A restart makes a new one, with a new session in its headers and counts from 1.
// Modelled on ipykernel 6.17. Calls need the world's lock unless they say otherwise.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/fake_world.h"

namespace cellar {

/// Thrown through a cell's script when its process has ended, so that the script unwinds.
struct FakeProcessEnded {};
/// Thrown through a cell's script by an interrupt; becomes its KeyboardInterrupt.
struct FakeInterrupted {};

class FakeProcess {
 public:
  enum class After { kRemove, kDie, kAutorestart, kRestart };  // what its kernel does then

  FakeProcess(FakeWorld& world, FakeKernel& kernel);
  /// Joins the thread. Without the lock.
  ~FakeProcess();

  void Start();
  /// A request on shell or control.
  void Take(FakeRequest request);
  void Publish(FakeMessage message, const std::string& requester = {});

  void Interrupt();
  void Stop();  // as SIGSTOP: nothing is answered, nothing is said
  void Continue();
  void End(After after);
  /// Ends by itself once the running cell has seen the interrupt; at once where it sees none.
  void EndAfterInterrupt(After after);

  bool stopped() const { return stopped_; }
  After after() const { return after_; }
  FakeKernel& kernel() { return kernel_; }

  // For the running cell, on this process's thread.

  /// Waits while stopped. Throws FakeProcessEnded; FakeInterrupted if interrupted and `heed`.
  void Check(std::unique_lock<std::mutex>& lock, bool heed);
  /// Waits until the gate is open. Throws as Check.
  void WaitForGate(const std::string& gate, bool heed);
  void set_heeds_interrupts(bool heeds) { heeds_interrupts_ = heeds; }
  int NextCount() { return ++execution_count_; }
  int execution_count() const { return execution_count_; }
  /// Answers every execute_request that waits with `aborted`, as stop_on_error asks.
  void AbortQueue();

 private:
  void Run();
  FakeRequest NextRequest();
  void Execute(FakeRequest request);
  void AnswerOther(const FakeRequest& request);
  void Reply(const FakeRequest& request, nlohmann::json content);
  void Status(const FakeRequest& request, const std::string& state);

  FakeWorld& world_;
  FakeKernel& kernel_;
  const std::string session_;
  std::thread thread_;
  std::deque<FakeRequest> queue_;
  int execution_count_ = 0;
  bool running_cell_ = false;
  bool heeds_interrupts_ = true;
  bool interrupted_ = false;
  bool stopped_ = false;
  bool ending_ = false;  // ends when the running cell has
  bool ended_ = false;
  After after_ = After::kAutorestart;
};

}  // namespace cellar
