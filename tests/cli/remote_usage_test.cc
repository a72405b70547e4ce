// What `--server` refuses before it asks anybody, and what it says where nobody answers. With a
// real server: tests/page/remote_test.py.
#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class RemoteUsageTest : public CliTest {
 protected:
  static constexpr char kServer[] = "http://127.0.0.1:9";  // nobody listens on it

  std::string Remote(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--server", kServer});
    return Transcript(arguments);
  }
  static std::string Refused(const std::string& message) {
    return "exit 2\n--\ncellar: " + message + "\n";
  }
};

TEST_F(RemoteUsageTest, NamesTheCommandsThatCanGoToAnotherMachine) {
  const std::string can = "these are: submit, wait, cancel, retry, runs, show, logs, export";
  EXPECT_EQ(Remote({"gc", "--keep", "1d"}), Refused("gc: not possible over --server: " + can));
  EXPECT_EQ(Remote({"check", "a.toml"}), Refused("check: not possible over --server: " + can));
  environment_["CELLAR_SERVER"] = kServer;
  EXPECT_EQ(Transcript({"serve"}),
            Refused("serve: not possible over CELLAR_SERVER (--store FILE works here): " + can));
}

TEST_F(RemoteUsageTest, AsksForOneOfServerAndStore) {
  EXPECT_EQ(Remote({"runs", "--store", "a.db"}), Refused("--server and --store: give one of them"));
  OpenStore();
  environment_["CELLAR_SERVER"] = kServer;
  EXPECT_EQ(Transcript({"runs", "--store", "cellar.db"}), "exit 0\n--\nno runs match\n");
  EXPECT_EQ(Cellar({"man"}).exit_code, 0);
}

TEST_F(RemoteUsageTest, WantsATokenThatIsInNoArgument) {
  EXPECT_EQ(Remote({"runs"}),
            Refused("server http://127.0.0.1:9: no token is given: set CELLAR_SERVER_TOKEN, or "
                    "CELLAR_SERVER_TOKEN_FILE to the name of a file that holds it"));
  environment_["CELLAR_SERVER_TOKEN_FILE"] = "nowhere";
  EXPECT_EQ(Remote({"runs"}),
            Refused("CELLAR_SERVER_TOKEN_FILE nowhere: No such file or directory"));
  environment_["CELLAR_SERVER_TOKEN"] = "a b";
  EXPECT_EQ(Remote({"runs"}), Refused("the variable CELLAR_SERVER_TOKEN holds no token: there is a "
                                      "space or a control character in it"));
}

TEST_F(RemoteUsageTest, SendsNoTokenInTheClearToAnotherMachine) {
  environment_["CELLAR_SERVER_TOKEN"] = "secret";
  EXPECT_EQ(Transcript({"--server", "http://ada.example", "runs"}),
            Refused("server http://ada.example: the token would travel in the clear to another "
                    "machine; use https://, a tunnel to a loopback port, or "
                    "CELLAR_SERVER_ALLOW_PLAINTEXT=1"));
  EXPECT_EQ(Transcript({"--server", "ada.example", "runs"}),
            Refused("server URL: it must begin with http:// or https://, as in "
                    "https://lab.example/base/"));
  EXPECT_EQ(Transcript({"--server", "https://secret@ada.example", "runs"}),
            Refused("server URL: it holds a user name or password; give the token in "
                    "CELLAR_SERVER_TOKEN or CELLAR_SERVER_TOKEN_FILE"));
  environment_["CELLAR_SERVER_CA_FILE"] = "nowhere.pem";
  EXPECT_EQ(Transcript({"--server", "https://ada.example", "runs"}),
            Refused("server https://ada.example: CELLAR_SERVER_CA_FILE `nowhere.pem` cannot be "
                    "used: No such file or directory"));
}

TEST_F(RemoteUsageTest, SaysWhichServerIsAway) {
  environment_["CELLAR_SERVER_TOKEN"] = "secret";
  EXPECT_EQ(Remote({"show", "last"}),
            "exit 3\n--\ncellar: server http://127.0.0.1:9: GET /api/v1/runs/last/text?columns=0&"
            "colours=false: connecting to 127.0.0.1:9: Connection refused; is `cellar serve` "
            "running there?\n");
  EXPECT_EQ(Remote({"cancel", "1"}),
            "exit 3\n--\ncellar: server http://127.0.0.1:9: POST /api/v1/cancel: connecting to "
            "127.0.0.1:9: Connection refused; is `cellar serve` running there?\n");
}

TEST_F(RemoteUsageTest, RefusesWhatCannotGoAlongBeforeAnythingIsSent) {
  environment_["CELLAR_SERVER_TOKEN"] = "secret";
  folder_.Write("job.toml", "[[cell]]\ncode = \"1\"\n");
  folder_.Write("bad.toml", "kernal = \"python3\"\n[[cell]]\ncode = \"1\"\n");
  EXPECT_EQ(Remote({"submit", "job.toml", "job.toml", "--key", "k"}),
            Refused("submit: --key names one run: give one FILE, and no --sweep"));
  EXPECT_EQ(Remote({"submit", "job.toml", "bad.toml"}),
            "exit 2\n--\nbad.toml:1:1: unknown key \"kernal\"; did you mean \"kernel\"?\n");
  EXPECT_EQ(Remote({"submit", "job.toml", "-p", "x=1"}).substr(0, 25),
            "exit 2\n--\njob.toml: unkno");
}

TEST_F(RemoteUsageTest, HoldsASweepToTheJobBeforeAnythingIsSent) {
  environment_["CELLAR_SERVER_TOKEN"] = "secret";
  folder_.Write("job.toml",
                "[parameters]\na = 1\n[constraints]\na = { max = 9 }\n[[cell]]\ncode = \"1\"\n");
  const auto sweep = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"submit", "job.toml", "--sweep"});
    return Remote(more);
  };
  EXPECT_EQ(sweep({"a=1,10,11"}),
            "exit 2\n--\njob.toml: parameter a is 10, more than 9\n"
            "job.toml: parameter a is 11, more than 9\n");
  EXPECT_EQ(sweep({"a=1,2", "--sweep", "a=3"}),
            "exit 2\n--\njob.toml: parameter a: two sweeps; give all values to one\n");
  EXPECT_EQ(sweep({"a"}), Refused("submit: --sweep a: not of the form name=value,value"));
  EXPECT_EQ(sweep({"a=1,2", "-p", "a=3"}),
            Refused("submit: -p a=… and --sweep a=…: give one of them"));
  EXPECT_EQ(sweep({"a=1,2", "--key", "k"}),
            Refused("submit: --key names one run: give one FILE, and no --sweep"));
  EXPECT_EQ(sweep({"a=1,2", "job.toml"}),
            Refused("submit: --sweep over --server makes a group of one job: give one FILE"));
}

}  // namespace
}  // namespace cellar
