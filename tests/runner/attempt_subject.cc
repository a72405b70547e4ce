#include "tests/runner/attempt_subject.h"

#include <signal.h>

#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"
#include "tests/support/real_gateway.h"

namespace cellar {
namespace {

class FakeAttemptSubject : public AttemptSubject {
 public:
  explicit FakeAttemptSubject(bool v1) : gateway_({.accepts_v1 = v1}) {
    // The fake kernel keeps no state; its process does: counts begin anew in another one.
    gateway_.OnCell("get", [](FakeCell& cell) {
      if (cell.execution_count() > 1) return cell.Print("kept\n");
      cell.Raise("NameError", "kept");
    });
    gateway_.OnCell("ticks", [](FakeCell& cell) {
      for (int i = 1; i <= 12; ++i) {
        cell.Print("tick " + std::to_string(i) + "\n");
        if (i == 6) cell.Await("gate");
      }
    });
  }
  GatewayAddress Address() const override { return gateway_.Address(); }
  SubjectCells Cells() const override {
    return {.hello = "print hello",
            .raise = "print before\nraise ValueError bad",
            .raised = "stdout: before\nerror ValueError: bad\n",
            .hang = "hang",
            .hung = "error KeyboardInterrupt: \n",
            .freeze = "stubborn\nprint ready\nhang",
            .set = "x = 1",
            .get = "get",
            .stubborn = "stubborn\nprint ready\nhang",
            .leave = "exit",
            .crash = "die",
            .bar = "display bar=0",
            .finish = "update bar=100",
            .clears = "print 1\nclear\nprint 2\nclear wait",
            .ticks = "ticks"};
  }
  void OpenGate() override { gateway_.Open("gate"); }
  bool HasKernels() const override { return gateway_.LiveKernels() > 0; }
  void Kill() override { gateway_.Kill(); }
  void Freeze() override { gateway_.Freeze(); }
  void RestartByAnother() override { gateway_.Restart(); }
  void DeleteByAnother() override { gateway_.Cull(); }

 private:
  FakeGateway gateway_;
};

class JupyterSubject : public AttemptSubject {
 public:
  GatewayAddress Address() const override { return gateway_.Address(); }
  void OpenGate() override { gateway_.root().Write("gate", ""); }
  bool HasKernels() const override { return !gateway_.KernelPids().empty(); }
  void Kill() override { Signal(SIGKILL); }
  void Freeze() override { Signal(SIGSTOP); }
  void RestartByAnother() override { GatewayClient(Address()).Restart(Kernel()); }
  void DeleteByAnother() override { GatewayClient(Address()).Delete(Kernel()); }

 private:
  void Signal(int signal) { gateway_.SignalKernel(gateway_.OnlyKernel(), signal); }
  StartedKernel Kernel() const {
    StartedKernel kernel;
    kernel.kernel_id = gateway_.OnlyKernel();
    return kernel;
  }

  RealGateway gateway_;
};

class IpykernelSubject : public JupyterSubject {
 public:
  SubjectCells Cells() const override {
    return {.hello = "print('hello')",
            .raise = "print('before')\nraise ValueError('bad')",
            .raised = "stdout: before\nerror ValueError: bad\n",
            .hang = "import time\ntime.sleep(1000)",
            .hung = "error KeyboardInterrupt: \n",
            .freeze = "import time\nprint('ready', flush=True)\ntime.sleep(1000)",
            .set = "x = 'kept'",
            .get = "print(x)",
            .stubborn =
                "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                "print('ready', flush=True)\ntime.sleep(1000)",
            .leave = "exit()",
            .crash = "import os\nos._exit(1)",
            .bar = "bar = display({'text/plain': '0'}, raw=True, display_id=True)",
            .finish = "bar.update({'text/plain': '100'}, raw=True)",
            .clears =
                "from IPython.display import clear_output\n"
                "print(1)\nclear_output()\nprint(2)\nclear_output(wait=True)",
            .ticks =
                "import os, time\n"
                "for i in range(1, 13):\n"
                "    print(f'tick {i}', flush=True)\n"
                "    while i == 6 and not os.path.exists('gate'): time.sleep(0.01)"};
  }
};

class IrkernelSubject : public JupyterSubject {
 public:
  std::string Kernelspec() const override { return "ir"; }
  SubjectCells Cells() const override {
    return {.hello = "cat('hello\\n')",
            .raise = "cat('before\\n')\nstop('bad')",
            .raised = "stdout: before\nerror ERROR: Error in eval(expr, envir, enclos): bad\n\n",
            .hang = "Sys.sleep(1000)",
            .hung = "",  // it says nothing
            .freeze = "cat('ready\\n')\nflush.console()\nSys.sleep(1000)",
            .set = "x <- 'kept'",
            .get = "cat(x, '\\n', sep = '')"};
  }
};

}  // namespace

void PrintTo(const AttemptSubjectMaker& maker, std::ostream* out) { *out << maker.name; }

AttemptSubjectMaker OnFakeGateway() {
  return {"Fake", [] { return std::make_unique<FakeAttemptSubject>(true); }};
}

AttemptSubjectMaker OnFakeGatewayWithoutV1() {
  return {"FakeWithoutV1", [] { return std::make_unique<FakeAttemptSubject>(false); }};
}

AttemptSubjectMaker OnIpykernel() {
  return {"Ipykernel", [] { return std::make_unique<IpykernelSubject>(); }};
}

AttemptSubjectMaker OnIrkernel() {
  return {"Irkernel", [] { return std::make_unique<IrkernelSubject>(); }};
}

}  // namespace cellar
