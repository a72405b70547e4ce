// What the parts of the fake gateway share: the kernels, the sockets' outboxes, what came in, what
// to do wrong. One lock guards all of it; the server's thread, the kernels' threads and the test's
// thread each take it for a moment.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/fake_message.h"
#include "tests/support/fake_settings.h"

namespace cellar {

class FakeKernel;
class FakeProcess;

/// One WebSocket as the kernel's side sees it: steps that the server's thread takes in order.
struct FakeSocket {
  enum class Step { kFrame, kCut, kReset, kStall, kClose, kPing };
  struct Outgoing {
    Step step = Step::kFrame;
    FakeFrame frame = {};
    int close_code = 0;  // 0: a close frame without a code
  };

  std::string session_id;
  bool v1 = false;
  std::deque<Outgoing> outbox = {};
  bool stalled = false;
  bool ended = false;
};

struct FakeSession {
  std::string id;
  std::string path;
  std::string name;
  std::string type;
  std::string kernel_id;
};

struct FakeScript {
  CellScript play;
  bool bare = false;  // nothing is sent but what the script sends
};

struct FakeWorld {
  explicit FakeWorld(FakeGatewayOptions chosen);
  ~FakeWorld();

  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> wake_server = [] {};

  const FakeGatewayOptions options;
  std::map<std::string, FakeKernel*> kernels;            // those that live
  std::vector<std::unique_ptr<FakeKernel>> all_kernels;  // every one there ever was, as below
  std::vector<std::unique_ptr<FakeProcess>> processes;
  std::map<std::string, FakeSession> sessions;
  bool stopping = false;

  std::vector<RecordedRequest> requests;
  std::vector<RecordedCell> cells;
  int sockets_opened = 0;
  int pongs = 0;

  FakeScript script;                          // for cells without one of their own
  std::map<std::string, FakeScript> scripts;  // by code
  std::set<std::string> open_gates;
  std::set<std::string> reached_gates;
  std::map<std::string, CannedAnswer> canned;  // by route, as the following
  std::map<std::string, int> lost_answers;     // how many more to lose
  std::set<std::string> held;
  int cells_to_lose = 0;
  int messages_until_cut = 0;       // 0: none ordered
  bool control_answers = true;      // a busy kernel answers on control
  bool interrupts_reach = true;     // POST …/interrupt does something
  bool deletes_say_goodbye = true;  // a kernel sends shutdown_reply before it ends

  /// After every change, with the lock held.
  void Notify();
  FakeKernel& StartKernel(const std::string& kernelspec);
  /// Ends every process and waits for its thread. Without the lock.
  void Stop();
};

}  // namespace cellar
