// The embedded gateway at work: what it answers, what it keeps to itself, what it says when it
// cannot start. How it ends: embedded_gateway_end_test.cc.
#include "runner/gateway/embedded_gateway.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/error.h"
#include "tests/gateway/embedded_gateway_fixture.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

std::string StartFailure() {
  try {
    StartedGateway started;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kGatewayUnreachable);
    return error.what();
  }
  return "it started";
}

/// A folder with a `jupyter-server` whose interpreter is this shell script.
void WriteInterpreter(const TempDir& folder, const std::string& body) {
  const auto interpreter = folder.Write("python-fake", "#!/bin/sh\n" + body);
  const auto server = folder.Write("jupyter-server", "#!" + interpreter.string() + "\n");
  ::chmod(interpreter.c_str(), 0755);
  ::chmod(server.c_str(), 0755);
}

TEST_F(EmbeddedGatewayTest, RunsACell) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  const StartedKernel kernel = client.Start("cellar-test");
  client.Connect(kernel, NewId());
  client.Execute("print(6 * 7)");
  EXPECT_EQ(client.ReadCell(), "status busy\nexecute_input\nstdout: 42\n\nstatus idle\nreply ok\n");
  EXPECT_TRUE(started.gateway.running());
}

TEST_F(EmbeddedGatewayTest, RefusesAnotherToken) {
  StartedGateway first;
  StartedGateway second;
  EXPECT_NE(first.gateway.address().url, second.gateway.address().url);
  EXPECT_EQ(first.gateway.address().token.size(), 64u);

  GatewayAddress wrong = first.gateway.address();
  wrong.token = second.gateway.address().token;
  EXPECT_THROW(
      {
        try {
          GatewayClient(wrong).Start("cellar-test");
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kGatewayRefused) << error.what();
          throw;
        }
      },
      Error);
}

TEST_F(EmbeddedGatewayTest, ShowsItsTokenToNobody) {
  StartedGateway started;
  const std::string token = started.gateway.address().token;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  EXPECT_EQ(StdoutOf(client, "import os; print('" + token + "' in str(os.environ))"), "False\n");

  const auto processes = Descendants(::getpid());
  ASSERT_EQ(processes.size(), 4u);  // the guardian, the fork server, its kernel, the server
  for (const WatchedProcess& process : processes) {
    EXPECT_EQ(Arguments(process.pid()).find(token), std::string::npos);
    EXPECT_EQ(Environment(process.pid()).find(token), std::string::npos);
  }
  const auto folders = FoldersLeft();
  ASSERT_EQ(folders.size(), 1u);
  std::vector<std::filesystem::path> files = folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folders[0])) {
    files.push_back(entry.path());
  }
  EXPECT_EQ(files.size(), 2u);  // the folder, the kernel's connection file
  for (const auto& file : files) {
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0077, 0u) << file;
    EXPECT_EQ(TextOf(file).find(token), std::string::npos) << file;
  }
}

TEST_F(EmbeddedGatewayTest, GivesKernelsTheUsersEnvironmentWithoutTokens) {
  const ScopedVariable secret("CELLAR_TOKEN", "of-another-gateway");
  const ScopedVariable other("LAB_TOKEN", "of-another-gateway");
  const ScopedVariable theirs("SOURCE_OF_READINGS", "station 7");
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  EXPECT_EQ(StdoutOf(client,
                     "import os\n"
                     "print(os.environ['SOURCE_OF_READINGS'],\n"
                     "      [name for name in os.environ if name.endswith('_TOKEN')])"),
            "station 7 []\n");
  for (const WatchedProcess& process : Descendants(::getpid())) {
    EXPECT_EQ(Environment(process.pid()).find("of-another-gateway"), std::string::npos);
  }
}

TEST_F(EmbeddedGatewayTest, StartsAKernelInAHiddenFolder) {
  const auto folder = temp_.path() / ".hidden folder";
  std::filesystem::create_directory(folder);
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start(folder.string().substr(1) + "/cellar-test"), NewId());
  EXPECT_EQ(StdoutOf(client, "import os; print(os.getcwd())"), folder.string() + "\n");
}

TEST_F(EmbeddedGatewayTest, DeliversAllOfFiveMegabytes) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  const std::string out = StdoutOf(client, "for i in range(50_000): print('%099d' % i)");
  EXPECT_EQ(out.size(), 5'000'000u);
  EXPECT_TRUE(out.ends_with("00049999\n"));
}

TEST_F(EmbeddedGatewayTest, FindsTheKernelspecsOfTheUser) {
  temp_.Write("share/kernels/mine/kernel.json",
              R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher", "-f",
                  "{connection_file}"], "display_name": "Mine", "language": "python"})");
  const ScopedVariable path("JUPYTER_PATH", (temp_.path() / "share").string());
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test", "mine"), NewId());
  EXPECT_EQ(StdoutOf(client, "print(1)"), "1\n");
}

TEST_F(EmbeddedGatewayTest, SaysWhichProgramAKernelspecLacks) {
  temp_.Write("share/kernels/broken/kernel.json",
              R"({"argv": ["no-such-kernel", "{connection_file}"], "display_name": "Broken",
                  "language": "none"})");
  const ScopedVariable path("JUPYTER_PATH", (temp_.path() / "share").string());
  StartedGateway started;
  try {
    GatewayClient(started.gateway.address()).Start("cellar-test", "broken");
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kKernelUnavailable);
    EXPECT_NE(std::string(error.what()).find("there is no no-such-kernel to start the kernel with"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(EmbeddedGatewayTest, DoesNotWaitForAKernelThatHasEnded) {
  temp_.Write("share/kernels/brief/kernel.json",
              R"({"argv": ["false", "{connection_file}"], "display_name": "", "language": ""})");
  const ScopedVariable path("JUPYTER_PATH", (temp_.path() / "share").string());
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  const StartedKernel kernel = client.Start("cellar-test", "brief");
  try {
    client.Connect(kernel, NewId());
    FAIL() << "it answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kKernelGone) << error.what();
  }
}

TEST_F(EmbeddedGatewayTest, RestartsNoKernelThatDies) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  const StartedKernel kernel = client.Start("cellar-test");
  client.Connect(kernel, NewId());
  client.Execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)");
  // What a killed kernel had not yet sent went with it.
  EXPECT_THAT(client.ReadTo("dead"), testing::EndsWith("server: dead\n"));
  EXPECT_EQ(client.Model(kernel), std::nullopt);
}

TEST_F(EmbeddedGatewayTest, KeepsNoEndedProcessOfACell) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  EXPECT_EQ(StdoutOf(client,
                     "import os, subprocess, time\n"
                     "orphan = subprocess.getoutput('sleep 0.1 >&- 2>&- & echo $!')\n"
                     "while os.path.exists('/proc/' + orphan): time.sleep(0.01)\n"
                     "print('reaped')"),
            "reaped\n");
}

TEST_F(EmbeddedGatewayTest, KeepsJobsOutOfTheUsersHistory) {
  StartedGateway started;
  GatewayClient client(started.gateway.address());
  client.Connect(client.Start("cellar-test"), NewId());
  EXPECT_EQ(StdoutOf(client, "print(get_ipython().history_manager.hist_file)"), ":memory:\n");
}

TEST_F(EmbeddedGatewayTest, QuotesAnInterpreterThatFails) {
  const TempDir folder;
  WriteInterpreter(folder, "echo 'Fatal Python error:' >&2\necho ' no   codec' >&2\nexit 3\n");
  const ScopedVariable path("PATH", folder.path().string() + ":/usr/bin:/bin");
  EXPECT_EQ(StartFailure(),
            fmt::format("embedded gateway: starting jupyter-server with {}/python-fake: exit code "
                        "3: Fatal Python error: no codec",
                        folder.path().string()));
}

TEST_F(EmbeddedGatewayTest, QuotesTheEndOfWhatAnInterpreterWrote) {
  const TempDir folder;
  WriteInterpreter(folder,
                   "head -c 100000 /dev/zero | tr '\\0' x\nprintf ' \\377 \\033[1mend\\n'\n");
  const ScopedVariable path("PATH", folder.path().string() + ":/usr/bin:/bin");
  EXPECT_EQ(StartFailure(),
            fmt::format("embedded gateway: starting jupyter-server with {}/python-fake: exit code "
                        "0: …{} \uFFFD \\x1B[1mend",
                        folder.path().string(), std::string(490, 'x')));
}

TEST_F(EmbeddedGatewayTest, SaysWhatToInstallWhenJupyterServerIsMissing) {
  const TempDir folder;
  folder.Write("jupyter_server.py", "raise ImportError('No module named jupyter_server')\n");
  const ScopedVariable path("PATH", "/usr/bin:/bin");
  const ScopedVariable python_path("PYTHONPATH", folder.path().string());
  EXPECT_EQ(StartFailure(),
            "embedded gateway: /usr/bin/python3: No module named jupyter_server: `apt install "
            "jupyter-server python3-ipykernel`, or name a gateway with --gateway");
  EXPECT_TRUE(FoldersLeft().empty());
}

TEST_F(EmbeddedGatewayTest, TriesTheNextInterpreterWhenOneHasNoJupyterServer) {
  const TempDir folder;
  WriteInterpreter(folder, "exec /usr/bin/python3 -S \"$@\"\n");  // without site-packages
  const ScopedVariable path("PATH", folder.path().string() + ":/usr/bin:/bin");
  StartedGateway started;
  EXPECT_TRUE(started.gateway.running());
}

}  // namespace
}  // namespace cellar
