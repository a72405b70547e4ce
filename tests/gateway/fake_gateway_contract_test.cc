// What a client may rely on, told to the fake gateway and to Debian's jupyter-server with ipykernel
// alike: where these cases differ, the fake lies.
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <memory>
#include <string>

#include "jobs/error.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"
#include "tests/support/real_gateway.h"

namespace cellar {
namespace {

/// The same cells in the subject's own language.
struct Cells {
  std::string hello;
  std::string bad;        // raises ValueError
  std::string hang;       // until interrupted
  std::string stubborn;   // says ready, and hangs until its process ends
  std::string gated;      // ticks 1 to 3, waits for OpenGate, ticks 1 to 3
  std::string gated_bad;  // waits for OpenGate, raises ValueError
};

class Subject {
 public:
  virtual ~Subject() = default;
  virtual GatewayAddress Address() const = 0;
  virtual Cells InItsLanguage() const = 0;
  virtual void OpenGate() = 0;
  virtual void KillKernel(const std::string& kernel_id) = 0;
};

class FakeSubject : public Subject {
 public:
  explicit FakeSubject(bool v1) : gateway_({.accepts_v1 = v1}) {}
  GatewayAddress Address() const override { return gateway_.Address(); }
  Cells InItsLanguage() const override {
    return {"print hello",
            "raise ValueError bad",
            "hang",
            "stubborn\nprint ready\nhang",
            "ticks 3\nwait gate\nticks 3",
            "wait gate\nraise ValueError bad"};
  }
  void OpenGate() override { gateway_.Open("gate"); }
  void KillKernel(const std::string& kernel_id) override { gateway_.Kill(kernel_id); }

 private:
  FakeGateway gateway_;
};

class RealSubject : public Subject {
 public:
  GatewayAddress Address() const override { return gateway_.Address(); }
  Cells InItsLanguage() const override {
    return {"print('hello')",
            "raise ValueError('bad')",
            "import time\ntime.sleep(1000)",
            "import signal, time\n"
            "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "print('ready', flush=True)\n"
            "time.sleep(1000)",
            "import os, time\n"
            "def ticks():\n"
            "    for n in (1, 2, 3): print(f'tick {n}', flush=True)\n"
            "ticks()\n"
            "while not os.path.exists('gate'): time.sleep(0.01)\n"
            "ticks()",
            "import os, time\n"
            "while not os.path.exists('gate'): time.sleep(0.01)\n"
            "raise ValueError('bad')"};
  }
  void OpenGate() override { gateway_.root().Write("gate", ""); }
  void KillKernel(const std::string& kernel_id) override {
    gateway_.SignalKernel(kernel_id, SIGKILL);
  }

 private:
  RealGateway gateway_;
};

struct Which {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

void PrintTo(const Which& which, std::ostream* out) { *out << which.name; }

class GatewayContractTest : public testing::TestWithParam<Which> {
 protected:
  void SetUp() override {
    subject_ = GetParam().make();
    cells_ = subject_->InItsLanguage();
    client_ = std::make_unique<GatewayClient>(subject_->Address());
    kernel_ = client_->Start("cellar-contract-1");
    client_->Connect(kernel_, session_);
  }

  /// A cell that waits for the gate. The server's own kernel_info_requests, on shell and on
  /// control, are behind us by then: an idle status of one of them would make the model say idle
  /// meanwhile. It sent one each half second while the kernel was starting, and the kernel takes
  /// one of them and one of ours by turns (a ROUTER is fair to its peers).
  void BeginGatedCell() {
    client_->Execute(cells_.hello);
    for (int i = 0; i < 60; ++i) client_->AskOnControl();
    client_->ReadCell();
    client_->Execute(cells_.hello);
    client_->ReadCell();
    client_->Execute(cells_.gated);
  }

  /// A gated cell with its socket gone after the third tick; the kernel has ended it since.
  void CutInTheMiddleOfTicks() {
    BeginGatedCell();
    client_->ReadTo("tick 3");
    client_->Drop();
    client_->AwaitModel(kernel_, "busy", 0);
    subject_->OpenGate();
    client_->AwaitModel(kernel_, "idle", 0);
  }

  const std::string session_ = NewId();
  std::unique_ptr<Subject> subject_;
  Cells cells_;
  std::unique_ptr<GatewayClient> client_;
  StartedKernel kernel_;
};

ErrorKind KindOfStart(const GatewayAddress& address, const std::string& kernelspec) {
  try {
    GatewayClient(address).Start("cellar-contract-2", kernelspec);
  } catch (const Error& error) {
    return error.kind();
  }
  throw std::runtime_error("the kernel was started");
}

constexpr const char* kHello =
    "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n";
constexpr const char* kTwelve =
    "status busy\nexecute_input\nstdout: tick 1\ntick 2\ntick 3\ntick 1\ntick 2\ntick 3\n\n"
    "status idle\nreply ok\n";

TEST_P(GatewayContractTest, SaysWhatACellDoes) {
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadCell(), kHello);
}

TEST_P(GatewayContractTest, SaysThatACellRaised) {
  client_->Execute(cells_.bad);
  EXPECT_EQ(client_->ReadCell(),
            "status busy\nexecute_input\nerror ValueError\nstatus idle\nreply error ValueError\n");
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadCell(), kHello);
}

TEST_P(GatewayContractTest, InterruptsACell) {
  client_->Execute(cells_.gated);
  client_->ReadTo("tick 3");  // between execute_input and the code a kernel may lose its reply
  client_->Interrupt(kernel_);
  EXPECT_EQ(client_->ReadCell(),
            "status busy\nexecute_input\nstdout: tick 1\ntick 2\ntick 3\n\n"
            "error KeyboardInterrupt\nstatus idle\nreply error KeyboardInterrupt\n");
}

TEST_P(GatewayContractTest, AnswersOnControlWhileACellRuns) {
  client_->Execute(cells_.gated);
  client_->ReadTo("tick 3");
  client_->AskOnControl();
  subject_->OpenGate();
  EXPECT_EQ(client_->ReadCell(), kTwelve);
}

TEST_P(GatewayContractTest, AbortsWhatWaitsBehindACellThatRaises) {
  client_->Execute(cells_.gated_bad);
  client_->ReadTo("execute_input");
  client_->Execute(cells_.hello);
  client_->AskOnControl();  // by then the request before it has arrived as well
  subject_->OpenGate();
  EXPECT_EQ(client_->ReadCell(), "status busy\nstatus idle\nreply aborted\n");
}

TEST_P(GatewayContractTest, ReplaysAllThatCameMeanwhileToTheSameSession) {
  CutInTheMiddleOfTicks();
  client_->Connect(kernel_, session_);
  EXPECT_EQ(client_->ReadCell(), kTwelve);
}

TEST_P(GatewayContractTest, ForgetsAllThatCameMeanwhileForAnotherSession) {
  CutInTheMiddleOfTicks();
  client_->Connect(kernel_, NewId());
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadCell(), kHello);
  EXPECT_EQ(client_->Earlier(), "");
}

TEST_P(GatewayContractTest, NeverTellsAnotherSessionTheReply) {
  BeginGatedCell();
  client_->ReadTo("tick 3");
  client_->Drop();
  client_->AwaitModel(kernel_, "busy", 0);
  client_->Connect(kernel_, NewId());
  subject_->OpenGate();
  client_->AwaitModel(kernel_, "idle", 1);
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadCell(), kHello);
  // Some of its outputs may have come: the new socket is subscribed at no certain moment.
  EXPECT_EQ(client_->Earlier().find("execute_reply"), std::string::npos);
}

TEST_P(GatewayContractTest, ClosesTheOlderOfTwoSocketsOfOneSession) {
  GatewayClient second(subject_->Address());
  second.Connect(kernel_, session_);
  EXPECT_EQ(client_->ReadToEnd().find("end: "), 0U);
  second.Execute(cells_.hello);
  EXPECT_EQ(second.ReadCell(), kHello);
}

TEST_P(GatewayContractTest, SaysGoodbyeAndKeepsTheSocketOfADeletedKernel) {
  GatewayClient other(subject_->Address());
  client_->Execute(cells_.stubborn);
  client_->ReadTo("ready");
  other.Delete(kernel_);
  EXPECT_EQ(client_->ReadTo("kernel ends"),
            "status busy\nexecute_input\nstdout: ready\n\nkernel ends\n");
  EXPECT_EQ(other.Model(kernel_), std::nullopt);
  client_->Execute(cells_.hello);  // nobody will ever answer; the socket takes it all the same
}

TEST_P(GatewayContractTest, RestartsAKernelUnderARunningCell) {
  GatewayClient other(subject_->Address());
  client_->Execute(cells_.stubborn);
  client_->ReadTo("ready");
  const std::string process = client_->kernel_session();
  other.Restart(kernel_);
  EXPECT_EQ(client_->ReadTo("kernel restarts"),
            "status busy\nexecute_input\nstdout: ready\n\nkernel restarts\n");
  // The reply is all there may be: the socket may not have found the new process's iopub yet.
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadReply(), "reply ok\n");
  EXPECT_NE(client_->kernel_session(), process);
}

TEST_P(GatewayContractTest, PutsANewProcessBehindTheIdOfAKilledKernel) {
  client_->Execute(cells_.hang);
  client_->ReadTo("execute_input");
  const std::string process = client_->kernel_session();
  subject_->KillKernel(kernel_.kernel_id);
  EXPECT_EQ(client_->ReadTo("server: "), "status busy\nexecute_input\nserver: restarting\n");
  // The reply is all there may be: the socket may not have found the new process's iopub yet.
  client_->Execute(cells_.hello);
  EXPECT_EQ(client_->ReadReply(), "reply ok\n");
  EXPECT_NE(client_->kernel_session(), process);
}

TEST_P(GatewayContractTest, RefusesAnotherTokenAndAnUnknownKernelspec) {
  GatewayAddress address = subject_->Address();
  EXPECT_EQ(KindOfStart(address, "nosuch"), ErrorKind::kKernelUnavailable);
  address.token = "another";
  EXPECT_EQ(KindOfStart(address, ""), ErrorKind::kGatewayRefused);
}

TEST_P(GatewayContractTest, ForgetsADeletedKernel) {
  client_->Delete(kernel_);
  EXPECT_EQ(client_->Model(kernel_), std::nullopt);
  client_->Delete(kernel_);  // 404 by now: no failure
}

INSTANTIATE_TEST_SUITE_P(
    All, GatewayContractTest,
    testing::Values(Which{"Fake", [] { return std::make_unique<FakeSubject>(true); }},
                    Which{"FakeWithoutV1", [] { return std::make_unique<FakeSubject>(false); }},
                    Which{"Real", [] { return std::make_unique<RealSubject>(); }}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cellar
