#include "runner/config.h"

#include <gtest/gtest.h>

#include <map>

#include "jobs/error.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

/// A working folder, a user's configuration, and variables.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::filesystem::create_directories(dir_ / "work");
    variables_["HOME"] = (dir_ / "home").string();
  }

  Variables AllVariables() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }

  ConfigReading Read() const {
    ConfigSources sources;
    sources.folder = dir_ / "work";
    sources.variable = AllVariables();
    sources.store_flag = store_flag_;
    sources.gateway_flag = gateway_flag_;
    return ReadConfig(sources);
  }

  Config Sound() const {
    ConfigReading reading = Read();
    EXPECT_EQ(Problems(reading), "");
    return reading.config;
  }

  std::string Problems(const ConfigReading& reading) const {
    std::string text;
    for (const Problem& problem : reading.problems) text += ToString(problem) + "\n";
    return Shown(text);
  }
  std::string ProblemsOf(const std::string& toml) const {
    dir_.Write("work/cellar.toml", toml);
    return Problems(Read());
  }

  /// With the test's own folder as DIR.
  std::string Shown(std::string text) const {
    const std::string folder = dir_.path().string();
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.replace(at, folder.size(), "DIR");
    }
    return text;
  }

  /// `name (url) token` of what a job gets, "embedded", or the error.
  std::string Choice(const Job& job = Job()) const {
    try {
      const GatewayChoice choice = ResolveGateway(Sound(), job, AllVariables());
      const auto* address = std::get_if<GatewayAddress>(&choice);
      return address == nullptr ? "embedded" : address->Label() + " " + address->token;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return Shown(error.what());
    }
  }

  TempDir dir_;
  std::map<std::string, std::string> variables_;
  std::string store_flag_;
  std::string gateway_flag_;
};

TEST_F(ConfigTest, HasDefaultsWithoutAnyFile) {
  const Config config = Sound();
  EXPECT_EQ(Shown(config.store.string()), "DIR/home/.local/state/cellar/cellar.db");
  EXPECT_EQ(config.output_per_cell, 16U * 1024 * 1024);
  EXPECT_EQ(Choice(), "embedded");
}

TEST_F(ConfigTest, FollowsTheXdgFolders) {
  variables_["XDG_STATE_HOME"] = (dir_ / "state").string();
  variables_["XDG_CONFIG_HOME"] = (dir_ / "etc").string();
  dir_.Write("etc/cellar/config.toml", "[limits]\noutput_per_cell = \"1kB\"\n");
  const Config config = Sound();
  EXPECT_EQ(Shown(config.store.string()), "DIR/state/cellar/cellar.db");
  EXPECT_EQ(config.output_per_cell, 1000U);
}

TEST_F(ConfigTest, SaysWhenThereIsNoPlaceForTheStore) {
  variables_.erase("HOME");
  EXPECT_EQ(
      Problems(Read()),
      "--store: no place for the store: HOME is not set; give --store FILE or set CELLAR_STORE\n");
}

TEST_F(ConfigTest, TakesTheStrongestSourceOfEachSetting) {
  dir_.Write("home/.config/cellar/config.toml",
             "store = \"user.db\"\n[limits]\noutput_per_cell = \"1kB\"\n");
  EXPECT_EQ(Shown(Sound().store.string()), "DIR/home/.config/cellar/user.db");
  dir_.Write("cellar.toml", "store = \"data/near.db\"\n");
  EXPECT_EQ(Shown(Sound().store.string()), "DIR/data/near.db");
  EXPECT_EQ(Sound().output_per_cell, 1000U);
  variables_["CELLAR_STORE"] = "variable.db";
  variables_["CELLAR_OUTPUT_PER_CELL"] = "0";
  EXPECT_EQ(Sound().store, "variable.db");
  EXPECT_EQ(Sound().output_per_cell, 0U);
  store_flag_ = "flag.db";
  EXPECT_EQ(Sound().store, "flag.db");
}

TEST_F(ConfigTest, ReadsTheNearestCellarTomlOnly) {
  dir_.Write("cellar.toml", "store = \"far.db\"\n[gateway.far]\nurl = \"http://far\"\n");
  dir_.Write("work/cellar.toml", "[gateway.near]\nurl = \"http://near\"\n");
  const Config config = Sound();
  EXPECT_EQ(config.files, (std::vector<std::string>{"cellar.toml"}));
  EXPECT_EQ(config.gateways.size(), 1U);
  EXPECT_EQ(config.gateways.count("near"), 1U);
}

TEST_F(ConfigTest, ReplacesAGatewayAsAWhole) {
  variables_["LAB_TOKEN"] = "secret";
  dir_.Write("home/.config/cellar/config.toml",
             "default_gateway = \"lab\"\n"
             "[gateway.lab]\nurl = \"https://lab\"\ntoken_env = \"LAB_TOKEN\"\n");
  EXPECT_EQ(Choice(), "lab (https://lab) secret");
  dir_.Write("work/cellar.toml", "[gateway.lab]\nurl = \"http://elsewhere\"\n");
  EXPECT_EQ(Choice(), "lab (http://elsewhere) ");
}

TEST_F(ConfigTest, ReadsEverySettingOfAGateway) {
  dir_.Write("work/cellar.toml", R"(
[gateway.lab]
url = "https://lab.example/base/"
token_file = "secrets/token"
max_kernels = 8
weight = 3
warm = { python3 = 2, ir = 1 }
warm_idle = "5m"
labels = ["gpu", "big"]
ca_file = "ca.pem"
client_cert = "/etc/cert.pem"
client_key = "key.pem"
env = { KERNEL_USERNAME = "etl" }
)");
  const GatewayConfig lab = Sound().gateways.at("lab");
  EXPECT_EQ(lab.url, "https://lab.example/base/");
  EXPECT_EQ(Shown(lab.token_file), "DIR/work/secrets/token");
  EXPECT_EQ(lab.max_kernels, 8);
  EXPECT_EQ(lab.weight, 3);
  EXPECT_EQ(lab.warm, (std::map<std::string, int>{{"ir", 1}, {"python3", 2}}));
  EXPECT_EQ(lab.warm_idle, std::chrono::minutes(5));
  EXPECT_EQ(lab.labels, (std::vector<std::string>{"gpu", "big"}));
  EXPECT_EQ(Shown(lab.ca_file), "DIR/work/ca.pem");
  EXPECT_EQ(lab.client_cert, "/etc/cert.pem");
  EXPECT_EQ(Shown(lab.client_key), "DIR/work/key.pem");
  EXPECT_EQ(lab.env, (std::map<std::string, std::string>{{"KERNEL_USERNAME", "etl"}}));
}

TEST_F(ConfigTest, ReportsAllProblemsAtOnceWithTheirPlaces) {
  variables_["CELLAR_OUTPUT_PER_CELL"] = "much";
  dir_.Write("home/.config/cellar/config.toml", "stoer = \"x.db\"\n");
  EXPECT_EQ(
      ProblemsOf("default_gatway = \"lab\"\n"
                 "[limits]\n"
                 "output_per_cell = \"lots\"\n"
                 "[gateway.lab]\n"
                 "url = \"lab.example\"\n"
                 "tokn_env = \"X\"\n"
                 "max_kernels = 0\n"
                 "env = { A = 1 }\n"),
      "CELLAR_OUTPUT_PER_CELL: not a size; a number and a unit, as in \"16MiB\"; \"0\": no cap\n"
      "cellar.toml:1:1: unknown key \"default_gatway\"; did you mean \"default_gateway\"?\n"
      "cellar.toml:3:19: [limits]: output_per_cell must be a size, not the text \"lots\"; sizes "
      "are written \"512kB\", \"16MiB\", \"1GiB\"\n"
      "cellar.toml:5:7: [gateway.lab]: a gateway's url begins with http:// or https://\n"
      "cellar.toml:6:1: unknown key \"tokn_env\" in [gateway.lab]; did you mean \"token_env\"?\n"
      "cellar.toml:7:15: [gateway.lab]: max_kernels is 0; from 1 to 10000\n"
      "cellar.toml:8:7: [gateway.lab]: env.A is the integer 1, not a string; A = \"…\"\n"
      "DIR/home/.config/cellar/config.toml:1:1: unknown key \"stoer\"; did you mean \"store\"?\n");
}

TEST_F(ConfigTest, RefusesTokensInFilesAndUrls) {
  EXPECT_EQ(ProblemsOf("[gateway.a]\nurl = \"http://me:pw@host\"\n"
                       "[gateway.b]\nurl = \"http://host/?token=s3cret\"\n"
                       "[gateway.c]\nurl = \"http://host\"\ntoken = \"s3cret\"\n"),
            "cellar.toml:2:7: [gateway.a]: a url holds no user or password: gateways take a token "
            "(token_env, token_file, CELLAR_TOKEN)\n"
            "cellar.toml:4:7: [gateway.b]: a url holds no query: the token belongs in token_env, "
            "token_file or CELLAR_TOKEN\n"
            "cellar.toml:7:9: [gateway.c]: a token does not stand in a configuration file; "
            "token_env = \"NAME_OF_A_VARIABLE\" or token_file = \"FILE\"\n");
}

TEST_F(ConfigTest, RefusesWarmKernelsThatCannotBe) {
  EXPECT_EQ(ProblemsOf("[gateway.a]\nurl = \"http://host\"\nwarm = 2\nweight = 0\n"
                       "[gateway.b]\nurl = \"http://host\"\nwarm = { python3 = \"2\", ir = 0 }\n"
                       "[gateway.c]\nurl = \"http://host\"\nmax_kernels = 2\n"
                       "warm = { python3 = 2, ir = 1 }\nwarm_idle = \"0s\"\n"
                       "[gateway.d]\nurl = \"http://host\"\nwarm_idle = \"5m\"\n"),
            "cellar.toml:3:8: [gateway.a]: warm must be a table, [warm], not the integer 2\n"
            "cellar.toml:4:10: [gateway.a]: weight is 0; from 1 to 1000\n"
            "cellar.toml:7:8: [gateway.b]: warm.ir is 0; from 1 to 1000\n"
            "cellar.toml:7:8: [gateway.b]: warm.python3 is the text \"2\", not a number; "
            "python3 = 2\n"
            "cellar.toml:11:8: [gateway.c]: warm asks for 3 kernels, max_kernels allows 2\n"
            "cellar.toml:12:13: [gateway.c]: warm_idle is zero; to keep no kernels ready leave "
            "warm out\n"
            "cellar.toml:15:13: [gateway.d]: there is no warm whose kernels it could be about; "
            "warm = { python3 = 2 }\n");
}

TEST_F(ConfigTest, RefusesHalfACertificateTwoTokensAndBadNames) {
  EXPECT_EQ(
      ProblemsOf("[gateway.a]\nclient_cert = \"x\"\ntoken_env = \"A\"\ntoken_file = \"b\"\n"
                 "[gateway.embedded]\nurl = \"http://host\"\n"
                 "[gateway.\"a b\"]\nurl = \"http://host\"\n"
                 "[gateway]\nx = 1\n"),
      "cellar.toml:1:1: [gateway.a]: the gateway has no url; url = \"http://127.0.0.1:8888\"\n"
      "cellar.toml:2:15: [gateway.a]: client_cert and client_key go together; give both\n"
      "cellar.toml:4:14: [gateway.a]: both token_env and token_file are given; keep one of them\n"
      "cellar.toml:5:10: \"embedded\" is the name of the embedded gateway; choose another name\n"
      "cellar.toml:7:10: a gateway's name has letters, digits, . _ and - only\n"
      "cellar.toml:10:5: gateway.x is the integer 1, not a table; [gateway.x]\n");
}

TEST_F(ConfigTest, NamesADefaultGatewayThatIsNotThere) {
  EXPECT_EQ(
      ProblemsOf("default_gateway = \"lav\"\n[gateway.lab]\nurl = \"http://host\"\n"),
      "cellar.toml:1:1: default_gateway: there is no gateway \"lav\"; did you mean \"lab\"?\n");
}

TEST_F(ConfigTest, FindsTheDefaultGatewayInTheOtherFile) {
  dir_.Write("home/.config/cellar/config.toml", "[gateway.lab]\nurl = \"http://host\"\n");
  dir_.Write("work/cellar.toml", "default_gateway = \"lab\"\n");
  EXPECT_EQ(Choice(), "lab (http://host) ");
}

TEST_F(ConfigTest, SaysWhyAFileCannotBeRead) {
  std::filesystem::create_directories(dir_ / "work/cellar.toml");
  EXPECT_EQ(Problems(Read()), "cellar.toml: is a directory\n");
}

class GatewayChoiceTest : public ConfigTest {
 protected:
  GatewayChoiceTest() {
    dir_.Write("work/cellar.toml",
               "default_gateway = \"lab\"\n"
               "[gateway.lab]\nurl = \"http://lab\"\ntoken_env = \"LAB_TOKEN\"\n"
               "[gateway.gpu]\nurl = \"http://gpu\"\nlabels = [\"gpu\"]\ntoken_file = \"token\"\n");
    dir_.Write("work/token", "gpu-secret\n");
    variables_["LAB_TOKEN"] = "lab-secret";
  }

  static Job JobFor(const std::string& gateway) {
    Job job;
    job.name = "train";
    job.gateway = gateway;
    return job;
  }
};

TEST_F(GatewayChoiceTest, PutsTheFlagBeforeTheVariableBeforeTheJobBeforeTheDefault) {
  EXPECT_EQ(Choice(JobFor("")), "lab (http://lab) lab-secret");
  EXPECT_EQ(Choice(JobFor("gpu")), "gpu (http://gpu) gpu-secret");
  EXPECT_EQ(Choice(JobFor("embedded")), "embedded");
  variables_["CELLAR_GATEWAY"] = "lab";
  EXPECT_EQ(Choice(JobFor("gpu")), "lab (http://lab) lab-secret");
  gateway_flag_ = "embedded";
  EXPECT_EQ(Choice(JobFor("gpu")), "embedded");
}

TEST_F(GatewayChoiceTest, TakesAUrlWithItsTokenFromVariables) {
  gateway_flag_ = "http://host:8888/base";
  EXPECT_EQ(Choice(), "http://host:8888/base ");
  variables_["CELLAR_TOKEN_FILE"] = (dir_ / "work/token").string();
  EXPECT_EQ(Choice(), "http://host:8888/base gpu-secret");
  variables_["CELLAR_TOKEN"] = "s3cret";
  EXPECT_EQ(Choice(), "http://host:8888/base s3cret");
}

TEST_F(GatewayChoiceTest, RefusesAUrlThatHoldsASecretWithoutRepeatingIt) {
  gateway_flag_ = "http://host/?token=s3cret";
  EXPECT_EQ(Choice(),
            "--gateway: a url holds no query: the token belongs in token_env, token_file or "
            "CELLAR_TOKEN");
}

TEST_F(GatewayChoiceTest, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(Choice(JobFor("labb")), "there is no gateway \"labb\": did you mean \"lab\"?");
  EXPECT_EQ(Choice(JobFor("xyz")), "there is no gateway \"xyz\": known gateways: gpu, lab");
}

TEST_F(GatewayChoiceTest, NamesTheVariableThatIsMissing) {
  variables_.erase("LAB_TOKEN");
  EXPECT_EQ(Choice(),
            "cellar.toml:2: gateway lab: the variable LAB_TOKEN (token_env) is not set: export it, "
            "or name a file in token_file");
}

TEST_F(GatewayChoiceTest, NamesTheTokenFileThatIsMissing) {
  std::filesystem::remove(dir_ / "work/token");
  EXPECT_EQ(Choice(JobFor("gpu")),
            "cellar.toml:5: gateway gpu: token_file DIR/work/token: No such file or directory");
}

TEST_F(GatewayChoiceTest, RefusesATokenThatCannotBeOne) {
  dir_.Write("work/token", "\n");
  EXPECT_EQ(Choice(JobFor("gpu")),
            "cellar.toml:5: gateway gpu: token_file DIR/work/token is empty: it should hold the "
            "token");
  dir_.Write("work/token", "two words");
  EXPECT_EQ(Choice(JobFor("gpu")),
            "cellar.toml:5: gateway gpu: token_file DIR/work/token holds no token: there is a "
            "space or a control character in it");
}

TEST_F(GatewayChoiceTest, HoldsAJobToTheLabelsThatItRequires) {
  Job job = JobFor("gpu");
  job.requires_labels = {"gpu"};
  EXPECT_EQ(Choice(job), "gpu (http://gpu) gpu-secret");
  job.gateway = "lab";
  EXPECT_EQ(Choice(job), "job train requires gpu, which gateway lab does not have: use gpu");
  job.requires_labels = {"gpu", "tpu"};
  job.gateway = "embedded";
  EXPECT_EQ(Choice(job),
            "job train requires gpu, tpu, which gateway embedded does not have: no configured "
            "gateway has all of its labels");
}

}  // namespace
}  // namespace cellar
