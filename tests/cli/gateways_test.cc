#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/real_gateway.h"

namespace cellar {
namespace {

/// The value that `text` has behind a field's name.
std::string Field(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n  " + name);
  if (at == std::string::npos) return "(no " + name + ")";
  const std::size_t begin = text.find_first_not_of(' ', at + 3 + name.size());
  return text.substr(begin, text.find('\n', begin) - begin);
}

class GatewaysTest : public CliTest {
 protected:
  void Use(const RealGateway& gateway) {
    environment_["CELLAR_GATEWAY"] = gateway.Address().url;
    environment_["CELLAR_TOKEN"] = gateway.Address().token;
  }
};

TEST_F(GatewaysTest, SaysWhatAGatewayIsWithoutStartingAKernel) {
  const RealGateway gateway;
  Use(gateway);
  const ProgramResult result = Cellar({"gateways"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.substr(0, result.out.find('\n')), gateway.Address().url + "  reachable");
  EXPECT_NE(Field(result.out, "server").find("TornadoServer/"), std::string::npos) << result.out;
  EXPECT_NE(Field(result.out, "kernelspecs").find("python3 (python, the default)"),
            std::string::npos);
  EXPECT_EQ(Field(result.out, "sessions"), "yes");
  EXPECT_EQ(Field(result.out, "clock"), "agrees with ours");
  EXPECT_EQ(Field(result.out, "framing"), "unknown without --probe");
  EXPECT_TRUE(gateway.KernelPids().empty());
}

TEST_F(GatewaysTest, FindsOutWhetherOutputIsDropped) {
  RealGatewayOptions limited;
  limited.rate_limits = true;
  for (const bool limits : {false, true}) {
    const RealGateway gateway(limits ? limited : RealGatewayOptions());
    Use(gateway);
    const auto json = nlohmann::json::parse(Cellar({"gateways", "--probe", "--json"}).out);
    const auto& probe = json.at("gateways")[0].at("probe");
    EXPECT_EQ(probe.at("drops_output"), limits) << probe;
    EXPECT_EQ(probe.at("framing"), "v1.kernel.websocket.jupyter.org");
    EXPECT_TRUE(gateway.KernelPids().empty());
    EXPECT_TRUE(OpenStore().LeftoverKernels().empty());
  }
}

TEST_F(GatewaysTest, AsksEveryConfiguredGatewayAndTheEmbeddedOne) {
  folder_.Write("cellar.toml",
                "[gateway.closed]\nurl = \"http://127.0.0.1:1\"\n"
                "[gateway.secret]\nurl = \"http://127.0.0.1:2\"\ntoken_env = \"NOT_SET\"\n");
  const ProgramResult result = Cellar({"gateways"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out.substr(0, result.out.find("embedded  reachable\n")),
            "closed  not usable\n"
            "  url          http://127.0.0.1:1\n"
            "  fault        gateway closed (http://127.0.0.1:1): GET /api: connecting to "
            "127.0.0.1:1: Connection refused\n"
            "secret  not usable\n"
            "  url          http://127.0.0.1:2\n"
            "  fault        cellar.toml:3: gateway secret: the variable NOT_SET (token_env) is not "
            "set: export it, or name a file in token_file\n");
  EXPECT_EQ(Field(result.out.substr(result.out.find("embedded  reachable\n")), "sessions"), "yes");
}

TEST_F(GatewaysTest, RefusesAGatewayThatCannotBeUsedAsItIsConfigured) {
  folder_.Write("cellar.toml",
                "[gateway.lab]\nurl = \"https://127.0.0.1:1\"\nca_file = \"no.pem\"\n");
  folder_.Write("job.toml", "[[cell]]\ncode = '1'\n");
  const std::string fault =
      "gateway lab (https://127.0.0.1:1): ca_file `DIR/no.pem` cannot be "
      "used: No such file or directory\n";
  EXPECT_EQ(Transcript({"run", "job.toml", "--gateway", "lab"}), "exit 2\n--\ncellar: " + fault);
  EXPECT_EQ(Transcript({"gateways", "--gateway", "lab"}),
            "exit 3\nlab  not usable\n  url          https://127.0.0.1:1\n  fault        " + fault);
}

TEST_F(GatewaysTest, SaysThatATokenIsWrong) {
  const RealGateway gateway;
  Use(gateway);
  environment_["CELLAR_TOKEN"] = "wrong";
  const ProgramResult result = Cellar({"gateways"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(Field(result.out, "fault").find("CELLAR_TOKEN"), std::string::npos) << result.out;
}

TEST_F(GatewaysTest, RefusesANameThatIsNotConfigured) {
  EXPECT_EQ(Transcript({"gateways", "--gateway", "lab"}),
            "exit 2\n--\ncellar: there is no gateway \"lab\": no gateway is configured\n");
}

}  // namespace
}  // namespace cellar
