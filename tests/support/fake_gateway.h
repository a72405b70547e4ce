// The one fake Jupyter gateway of the tests: a real loopback server that speaks true HTTP and
// WebSocket, kernels that a test plays cell by cell, and every way to fail. Modelled on
// jupyter_server 1.23 and ipykernel 6.17; tests/gateway/ holds both to the same cases.
//
//   FakeGateway gateway;                               // cells speak the language of fake_script.h
//   gateway.OnCell("load", [](FakeCell& cell) {...});  // or are played by a function
//   ... run something against gateway.Address() ...
//   EXPECT_EQ(gateway.Codes(), ...); EXPECT_EQ(gateway.LiveKernels(), 0);
//
// TLS, and a network that fails below the WebSocket: put a Relay (relay.h) before it.
//
// Any thread may call it. `kernel` is an id; empty: the only kernel that lives. A wait that is not
// fulfilled in a minute throws std::runtime_error with what came instead.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runner/gateway/address.h"
#include "tests/support/fake_cell.h"
#include "tests/support/fake_settings.h"

namespace cellar {

class FakeGateway {
 public:
  explicit FakeGateway(FakeGatewayOptions options = {});
  ~FakeGateway();

  GatewayAddress Address() const;
  int port() const;

  // What cells do. The latest call wins.
  void OnCell(CellScript script);
  void OnCell(const std::string& code, CellScript script);
  /// Nothing is sent but what the script sends: no busy, no execute_input, no reply, no idle.
  void OnBareCell(const std::string& code, CellScript script);
  /// Lets pass whoever waits at the gate, now or later.
  void Open(const std::string& gate);

  // What REST does wrong. A route is "POST /api/kernels/{id}/interrupt"; the handshake of the
  // WebSocket is "GET /api/kernels/{id}/channels".
  void AnswerWith(const std::string& route, CannedAnswer answer);
  void AnswerTruly(const std::string& route);
  /// Does what is asked, then ends the connection without an answer.
  void LoseAnswer(const std::string& route, int times = 1);
  /// Does what is asked (a handshake: nothing yet) and keeps the answer back until released.
  void Hold(const std::string& route);
  void Release(const std::string& route);

  // What the network does wrong.
  void CutAfter(int messages);  // counted from now, over all kernels
  void Cut(const std::string& kernel = {});
  void Reset(const std::string& kernel = {});
  void Stall(const std::string& kernel = {});
  void Close(int code, const std::string& kernel = {});  // 1001: the gateway goes away
  void Ping(const std::string& kernel = {});
  void StopListening();
  void Listen();

  // What kernels do.
  void Kill(const std::string& kernel = {}, bool for_good = false);  // `restarting`, or `dead`
  void Restart(const std::string& kernel = {});  // as another client's POST …/restart
  void Cull(const std::string& kernel = {});     // as another client's DELETE
  void Freeze(const std::string& kernel = {});   // as SIGSTOP
  void Thaw(const std::string& kernel = {});
  /// A message from the kernel; its parent is what it says, or nobody. For foreign traffic.
  void Publish(FakeMessage message, const std::string& kernel = {});
  void LoseCells(int count);             // execute_requests that come in and are never run
  void SetControlAnswers(bool answers);  // false: control waits behind the running cell
  void SetInterruptsReach(bool reach);   // false: 204, and nothing happens
  void SetSaysGoodbye(bool says);        // false: no shutdown_reply before a kernel ends

  // What came in.
  std::vector<RecordedRequest> Requests() const;
  /// The routes asked, in order, without the polls of GET /api/kernels/{id}.
  std::vector<std::string> Routes() const;
  int Count(const std::string& route) const;
  std::vector<RecordedCell> Cells() const;
  /// The code of every execute_request, in order, whether or not it was run.
  std::vector<std::string> Codes() const;
  int LiveKernels() const;
  std::string OnlyKernel() const;

  // Waits.
  void AwaitCells(int count);
  void AwaitCellAt(const std::string& gate);
  void AwaitRequests(const std::string& route, int count);
  void AwaitSockets(int opened);  // ever, over all kernels
  void AwaitPongs(int count);
  void AwaitNoKernels();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
