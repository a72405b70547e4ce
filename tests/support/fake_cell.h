// How a test plays a cell: what the kernel says, in which order, and what goes wrong on the way.
// Lives on the fake kernel's own thread while the cell's script runs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/fake_world.h"

namespace cellar {

class FakeCell {
 public:
  FakeCell(FakeWorld& world, FakeProcess& process, FakeRequest request);

  const std::string& code() const { return code_; }
  const nlohmann::json& request() const { return request_.content; }
  int execution_count() const { return execution_count_; }

  // `status busy` and `execute_input` go out before the script starts, and after it whatever of
  // `execute_reply` (ok) and `status idle` it has not sent itself. A bare script sends all of them.
  void Busy();
  void Input();
  void Idle();
  /// status: ok, aborted…; `extra` is merged into the content.
  void Reply(const std::string& status = "ok", const nlohmann::json& extra = nullptr);
  void ReplyError(const std::string& ename, const std::string& evalue);
  void LoseReply() { replied_ = true; }
  void LoseIdle() { idle_ = true; }

  void Print(const std::string& text) { Stream("stdout", text); }
  void Stream(const std::string& name, const std::string& text);
  // `data` is a mime bundle; a string is its text/plain.
  void Display(const nlohmann::json& data, const std::string& display_id = {});
  void Update(const std::string& display_id, const nlohmann::json& data);
  void Result(const nlohmann::json& data);
  /// The `error` output alone.
  void ErrorOutput(const std::string& ename, const std::string& evalue);
  /// The `error` output and the reply that says so.
  void Raise(const std::string& ename, const std::string& evalue);
  void Clear(bool wait);
  /// What the server injects when it drops output: "IOPub data rate exceeded. …".
  void RateLimitWarning();
  void AskInput(const std::string& prompt);

  /// Any message; its parent is this cell's request unless it names one.
  void Send(FakeMessage message);
  /// Bytes of the test's own, on every socket of the kernel.
  void SendFrame(FakeFrame frame);

  // Waits end with KeyboardInterrupt on an interrupt, and when the kernel ends.
  void AwaitInterrupt() { Await(""); }
  /// Until FakeGateway::Open(gate).
  void Await(const std::string& gate);
  /// From here on; then only the end of the process ends a wait.
  void IgnoreInterrupts();

  // The network, after everything sent so far has been written.
  void Cut();    // FIN without a close frame; from here on messages are buffered
  void Reset();  // RST
  void Stall();  // open, and nothing moves any more; from here on messages are lost

  /// The process is killed here; the server restarts it (or not: `for_good`).
  [[noreturn]] void Die(bool for_good = false);
  /// `exit()`: a reply that is ok and asks to leave, then the process ends and is restarted.
  [[noreturn]] void Exit();

  /// For the kernel: plays the script between what goes before and after it.
  void Play(const FakeScript& script);

 private:
  void Emit(FakeMessage message, bool heed_interrupts);
  void Break(FakeSocket::Step step);
  void Finish();

  FakeWorld& world_;
  FakeProcess& process_;
  const FakeRequest request_;
  const std::string code_;
  int execution_count_ = 0;
  bool replied_ = false;
  bool failed_ = false;
  bool idle_ = false;
};

}  // namespace cellar
