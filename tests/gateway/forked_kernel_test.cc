// Kernels from the embedded gateway's fork server are what new interpreters are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/sha.h>
#include <signal.h>

#include <array>

#include "tests/gateway/embedded_gateway_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

constexpr char kFacts[] = R"(
import gc, os, resource, signal, subprocess, sys, threading
print('arguments', [[word.split('/')[-1].split('-')[0] for word in words]
                    for words in (sys.argv, sys.orig_argv)])
print('path', sys.path)
print('flags', sys.flags)
print('folder', os.getcwd())
print('leads', os.getpid() == os.getpgid(0) == os.getsid(0))
print('parent', os.environ['JPY_PARENT_PID'] == str(os.getppid()))
print('signals', {s.name: str(signal.getsignal(s)) for s in signal.Signals}, signal.pthread_sigmask(0, []))
print('limits', [resource.getrlimit(limit) for limit in range(16)])
print('threads', [thread.name.split('-')[0] for thread in threading.enumerate()
                  if type(thread).__name__ != 'ParentPollerUnix'])  # its parent's end ends a fork
print('environment', sorted(set(os.environ) - {'ONLY_HERE', 'JPY_SESSION_NAME'}))
print('input', os.read(0, 1), 'of a child', subprocess.run(['cat']).returncode)
print('gc', gc.isenabled(), gc.get_threshold(), 'mask', os.umask(0o22))
print('main', sys.modules['__main__'].__name__, sorted(vars(sys.modules['__main__']))[:4])
)";

constexpr char kAskParent[] = "import os; print(os.getppid())";

class ForkedKernelTest : public EmbeddedGatewayTest {
 protected:
  ForkedKernelTest() {
    temp_.Write("share/kernels/started/kernel.json",
                R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher", "-f",
                    "{connection_file}"], "env": {"ONLY_HERE": "1"},
                    "display_name": "With an environment of its own", "language": "python"})");
  }

  /// A kernel of its own answers: no session is started twice.
  std::string Answer(const StartedGateway& started, const std::string& kernelspec,
                     const std::string& code, const std::string& folder = {}) {
    GatewayClient client(started.gateway.address());
    client.Connect(client.Start(folder + "cellar-" + NewId(), kernelspec), NewId());
    return StdoutOf(client, code);
  }

  void ExpectForkedAsStarted() {
    StartedGateway started;
    const std::string forked = Answer(started, "python3", kFacts);
    EXPECT_THAT(forked, testing::HasSubstr("main __main__"));
    EXPECT_EQ(forked, Answer(started, "started", kFacts));
  }

  const ScopedVariable path_{"JUPYTER_PATH", (temp_.path() / "share").string()};
};

// As the token is, and known to be in memory: the search finds what is there.
const std::string kMarker(64, 'c');

std::string Sha256Hex(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

/// The guardian's first child.
pid_t ForkServerOf(pid_t owner) { return Children(Children(owner).front()).front(); }

TEST_F(ForkedKernelTest, IsAsAStartedOneInAllThatACellCanSee) { ExpectForkedAsStarted(); }

TEST_F(ForkedKernelTest, HasNoFolderInItsPathWhereThatIsUnsafe) {
  const ScopedVariable safe("PYTHONSAFEPATH", "1");
  ExpectForkedAsStarted();
}

TEST_F(ForkedKernelTest, ComesFromTheForkServerUnlessItsSpecSetsTheEnvironment) {
  StartedGateway started;
  const std::string fork_server = std::to_string(ForkServerOf(::getpid())) + "\n";
  EXPECT_EQ(Answer(started, "python3", kAskParent), fork_server);
  EXPECT_NE(Answer(started, "started", kAskParent), fork_server);
}

TEST_F(ForkedKernelTest, IsStartedAsUsualWherePythonsPathIsRelativeToItsFolder) {
  temp_.Write("job/lib/readings.py", "station = 7\n");
  const ScopedVariable path("PYTHONPATH", "lib");
  StartedGateway started;
  EXPECT_EQ(Answer(started, "python3", "import readings; print(readings.station)",
                   (temp_.path() / "job").string().substr(1) + "/"),
            "7\n");
}

TEST_F(ForkedKernelTest, IsStartedAsUsualWhenAFolderOfModulesHasChanged) {
  const auto lib = temp_.Write("lib/old.py", "").parent_path();
  const ScopedVariable path("PYTHONPATH", lib.string());
  StartedGateway started;
  const std::string fork_server = std::to_string(ForkServerOf(::getpid())) + "\n";
  EXPECT_EQ(Answer(started, "python3", kAskParent), fork_server);
  temp_.Write("lib/installed.py", "");
  EXPECT_NE(Answer(started, "python3", kAskParent), fork_server);
}

TEST_F(ForkedKernelTest, KeepsNoOtherKernelWaiting) {
  StartedGateway started;
  ::kill(ForkServerOf(::getpid()), SIGSTOP);
  EXPECT_EQ(Answer(started, "started", "print(1)"), "1\n");
}

TEST_F(ForkedKernelTest, SharesNoRandomNumbers) {
  StartedGateway started;
  const std::string numbers = "import random, uuid; print(random.random(), uuid.uuid4())";
  EXPECT_NE(Answer(started, "python3", numbers), Answer(started, "python3", numbers));
}

TEST_F(ForkedKernelTest, HasTheTokenNowhereInItsMemory) {
  StartedGateway started;
  const std::string& token = started.gateway.address().token;
  ASSERT_THAT(token, testing::MatchesRegex("[0-9a-f]{64}"));
  // It is given the digest alone.
  const std::string search = fmt::format(R"(
import hashlib, re
found = []
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
    for line in list(maps):
        place, rights = line.split()[:2]
        if not rights.startswith('r') or '[v' in line: continue
        begin, end = (int(text, 16) for text in place.split('-'))
        try:
            memory.seek(begin)
            text = memory.read(end - begin)
        except OSError: continue
        found += re.findall(rb'(?<![0-9a-f])[0-9a-f]{{64}}(?![0-9a-f])', text)
digests = {{hashlib.sha256(text).hexdigest() for text in found}}
print('{}' in digests, '{}' in digests)
marker = '{}'
)",
                                         Sha256Hex(token), Sha256Hex(kMarker), kMarker);
  EXPECT_EQ(Answer(started, "python3", search), "False True\n");
}

TEST_F(ForkedKernelTest, IsStartedAsUsualWhenTheForkServerIsGone) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  const pid_t fork_server = ForkServerOf(::getpid());
  client.Execute("import time; time.sleep(1000)");
  ::kill(fork_server, SIGKILL);
  EXPECT_THAT(client.ReadTo("dead"), testing::EndsWith("server: dead\n"));
  EXPECT_EQ(Answer(started, "python3", "print(1)"), "1\n");
}

// IPython closes what its user's names hold; a module's files are left to the interpreter.
constexpr char kLastThings[] = R"(
import atexit, pickle, string, threading, time
class Reading: pass
file = open('{0}', 'a', buffering=1)
atexit.register(lambda: file.write(
    'at exit ' + type(pickle.loads(pickle.dumps(Reading()))).__name__))
threading.Thread(target=lambda: (time.sleep(0.3), file.write('of a thread '))).start()
string.of_a_module = open('{0}-of-a-module', 'w')
string.of_a_module.write('readings')
print(1)
)";

TEST_F(ForkedKernelTest, EndsAsAnInterpreterDoes) {
  StartedGateway started;
  for (const char* kernelspec : {"python3", "started"}) {
    const std::string file = (temp_.path() / kernelspec).string();
    GatewayClient client(started.gateway.address());
    const StartedKernel kernel = client.Start("cellar-" + NewId(), kernelspec);
    client.Connect(kernel, NewId());
    EXPECT_EQ(StdoutOf(client, fmt::format(kLastThings, file)), "1\n");
    client.Delete(kernel);
    EXPECT_EQ(TextOf(file), "of a thread at exit Reading") << kernelspec;
    EXPECT_EQ(TextOf(file + "-of-a-module"), "readings") << kernelspec;
  }
}

TEST_F(ForkedKernelTest, TakesAlongWhatItHasStartedWhenItIsKilled) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  const WatchedProcess of_the_cell(std::stoi(
      StdoutOf(client, "import subprocess\nprint(subprocess.Popen(['sleep', '1000000']).pid)")));
  client.Execute("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)");
  EXPECT_TRUE(of_the_cell.WaitUntilEnded());
}

TEST_F(ForkedKernelTest, TellsHowItEnded) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  client.Execute("import os; os._exit(3)");
  EXPECT_THAT(client.ReadTo("dead"), testing::EndsWith("server: dead\n"));
  EXPECT_EQ(Answer(started, "python3", "print(2)"), "2\n");
}

}  // namespace
}  // namespace cellar
