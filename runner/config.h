// The configuration: flag > CELLAR_… variable > cellar.toml (in this folder or above it) >
// $XDG_CONFIG_HOME/cellar/config.toml > default. And which gateway a job is to run on.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobs/job.h"
#include "jobs/problem.h"
#include "runner/gateway/address.h"

namespace cellar {

/// One [gateway.NAME] table. A table of the nearer file replaces one of the same name as a whole,
/// so that no token meets a URL that it was not written beside.
struct GatewayConfig {
  std::string url;
  std::string token_env;
  std::string token_file;  // resolved against its file's folder, like the next three
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
  bool allow_plaintext = false;     // the token may go over http:// to another machine
  std::optional<int> max_kernels;   // ours at once; nullopt: no bound
  int weight = 1;                   // its share of the runs, beside the other gateways'
  std::map<std::string, int> warm;  // by kernelspec: how many are kept ready for runs to come
  std::chrono::milliseconds warm_idle = std::chrono::minutes(30);  // unwanted so long: ended
  std::vector<std::string> labels;
  std::map<std::string, std::string> env;
  std::string where;  // "cellar.toml:3": the table's place, for messages
};

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's own environment; a variable that is set to nothing counts as not set.
std::optional<std::string> EnvironmentVariable(const std::string& name);

struct Config {
  std::filesystem::path store;
  std::string store_flag;        // --store as it was given, for commands that a message names
  std::string gateway_override;  // --gateway or CELLAR_GATEWAY: before what a job asks for
  std::string default_gateway;   // after it; empty: the embedded one
  std::map<std::string, GatewayConfig> gateways;
  std::uint64_t output_per_cell = 16 * 1024 * 1024;  // bytes; 0: no cap
  std::vector<std::string> files;                    // what was read, the nearest first
};

struct ConfigSources {
  std::filesystem::path folder;  // where the search for cellar.toml begins
  Variables variable = EnvironmentVariable;
  std::string store_flag;    // empty: not given
  std::string gateway_flag;  // likewise
};

struct ConfigReading {
  Config config;                  // to be used only when there are no problems
  std::vector<Problem> problems;  // all of them, file by file
};

ConfigReading ReadConfig(const ConfigSources& sources);

/// No gateway is configured for it: use a private one.
struct EmbeddedWanted {};

using GatewayChoice = std::variant<GatewayAddress, EmbeddedWanted>;

/// The name under which the embedded gateway can be asked for, and which no other may have.
inline constexpr char kEmbeddedName[] = "embedded";

/// Where `job` is to run: --gateway, CELLAR_GATEWAY, the job's wish, default_gateway, the embedded
/// one. Throws Error kUsage: an unknown name, a label that is missing, a token that is not there.
/// `max_kernels` of the choice is in config.gateways under the address's name.
GatewayChoice ResolveGateway(const Config& config, const Job& job,
                             const Variables& variable = EnvironmentVariable);

/// The variables that hold tokens: nothing that runs jobs gets them.
std::vector<std::string> SecretVariables(const Config& config);

/// The address of a configured gateway, or of a URL, with its token read. Throws Error kUsage.
GatewayAddress AddressOf(const Config& config, const std::string& name_or_url,
                         const Variables& variable = EnvironmentVariable);

/// The address of another machine's `cellar serve`. Its token is in CELLAR_SERVER_TOKEN or in the
/// file that CELLAR_SERVER_TOKEN_FILE names; CELLAR_SERVER_CA_FILE is the authority that signed its
/// certificate. Throws Error kUsage, also when there is no token.
GatewayAddress AddressOfServer(const std::string& url,
                               const Variables& variable = EnvironmentVariable);

}  // namespace cellar
