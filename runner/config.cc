#include "runner/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/config_file.h"
#include "runner/file_text.h"

namespace cellar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestConfig = 1024 * 1024;
constexpr std::uint64_t kLargestToken = 64 * 1024;

/// A folder of the XDG base directories: its variable, else a folder in HOME; empty: neither.
/// The specification has a relative path ignored.
fs::path XdgFolder(const Variables& variable, const std::string& name, const char* in_home) {
  const fs::path folder = variable(name).value_or("");
  if (folder.is_absolute()) return folder;
  const fs::path home = variable("HOME").value_or("");
  return home.empty() ? fs::path() : home / in_home;
}

std::optional<fs::path> NearestConfig(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path at = folder;; at = at.parent_path()) {
    if (fs::exists(at / "cellar.toml", ignored)) return at / "cellar.toml";
    if (at == at.parent_path()) return std::nullopt;
  }
}

std::vector<std::string> GatewayNames(const Config& config) {
  std::vector<std::string> names;
  for (const auto& [name, gateway] : config.gateways) names.push_back(name);
  return names;
}

/// What to do about a gateway's name that is not known.
std::string SuggestGateway(const Config& config, const std::string& name) {
  if (config.gateways.empty()) return "no gateway is configured";
  return SuggestWord(name, GatewayNames(config), "gateways");
}

/// Puts the configuration together, the strongest source first.
class ConfigBuilder {
 public:
  explicit ConfigBuilder(const ConfigSources& sources) : sources_(sources) {}

  ConfigReading Build() {
    TakeVariables();
    if (const auto nearest = NearestConfig(sources_.folder)) {
      TakeFile(*nearest, nearest->lexically_relative(sources_.folder).string());
    }
    const fs::path user = XdgFolder(sources_.variable, "XDG_CONFIG_HOME", ".config");
    std::error_code ignored;
    if (const fs::path file = user / "cellar" / "config.toml"; fs::exists(file, ignored)) {
      TakeFile(file, file.string());
    }
    CheckDefaultGateway();
    TakeDefaults();
    return std::move(reading_);
  }

 private:
  Config& config() { return reading_.config; }

  void TakeVariables() {
    const auto first = [&](const std::string& flag, const char* name) {
      return flag.empty() ? sources_.variable(name).value_or("") : flag;
    };
    config().store = first(sources_.store_flag, "CELLAR_STORE");
    config().store_flag = sources_.store_flag;
    config().gateway_override = first(sources_.gateway_flag, "CELLAR_GATEWAY");
    if (const auto text = sources_.variable("CELLAR_OUTPUT_PER_CELL")) {
      output_per_cell_ = ParseByteSize(*text);
      if (!output_per_cell_) {
        reading_.problems.push_back({"CELLAR_OUTPUT_PER_CELL", 0, 0, "not a size",
                                     "a number and a unit, as in \"16MiB\"; \"0\": no cap"});
      }
    }
  }

  void TakeFile(const fs::path& path, const std::string& label) {
    const auto text = ReadFileText(path, kLargestConfig);
    if (const auto* failure = std::get_if<FileFailure>(&text)) {
      reading_.problems.push_back({label, 0, 0, failure->why, ""});
      return;
    }
    ConfigFile file =
        ReadConfigFile(label, fs::absolute(path).parent_path(), std::get<std::string>(text));
    config().files.push_back(label);
    if (config().store.empty() && file.store) config().store = *file.store;
    if (!output_per_cell_) output_per_cell_ = file.output_per_cell;
    if (config().default_gateway.empty() && file.default_gateway) {
      config().default_gateway = *file.default_gateway;
      default_gateway_place_ = file.default_gateway_place;
    }
    config().gateways.merge(file.gateways);
    reading_.problems.insert(reading_.problems.end(), file.problems.begin(), file.problems.end());
  }

  /// Only now, since the name may be one of the other file's.
  void CheckDefaultGateway() {
    const std::string& name = config().default_gateway;
    if (name.empty() || name == kEmbeddedName || config().gateways.count(name) > 0) return;
    if (!reading_.problems.empty()) return;  // the gateway may be in what could not be read
    Problem problem = default_gateway_place_;
    problem.what = fmt::format("default_gateway: there is no gateway \"{}\"", name);
    problem.suggestion = SuggestGateway(config(), name);
    reading_.problems.push_back(std::move(problem));
  }

  void TakeDefaults() {
    if (output_per_cell_) config().output_per_cell = *output_per_cell_;
    if (!config().store.empty()) return;
    const fs::path state = XdgFolder(sources_.variable, "XDG_STATE_HOME", ".local/state");
    if (state.empty()) {
      reading_.problems.push_back({"--store", 0, 0, "no place for the store: HOME is not set",
                                   "give --store FILE or set CELLAR_STORE"});
    }
    config().store = state / "cellar" / "cellar.db";
  }

  const ConfigSources& sources_;
  ConfigReading reading_;
  std::optional<std::uint64_t> output_per_cell_;
  Problem default_gateway_place_;
};

/// A token without the line end that editors add. What cannot stand in a header line is refused.
std::string CheckedToken(std::string token, const std::string& source) {
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const auto printable = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (token.empty()) throw Error(ErrorKind::kUsage, source + " is empty: it should hold the token");
  if (!std::all_of(token.begin(), token.end(), printable)) {
    throw Error(ErrorKind::kUsage,
                source + " holds no token: there is a space or a control character in it");
  }
  return token;
}

std::string TokenFromFile(const std::string& path, const std::string& whose) {
  const auto text = ReadFileText(path, kLargestToken);
  if (const auto* failure = std::get_if<FileFailure>(&text)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} {}: {}", whose, path, failure->why));
  }
  return CheckedToken(std::get<std::string>(text), whose + " " + path);
}

GatewayAddress AddressOfUrl(const std::string& url, const Variables& variable) {
  if (const std::string fault = FaultOfGatewayUrl(url); !fault.empty()) {
    throw Error(ErrorKind::kUsage, "--gateway: " + fault);
  }
  GatewayAddress address;
  address.url = url;
  address.token_hint = "CELLAR_TOKEN";
  if (const auto token = variable("CELLAR_TOKEN")) {
    address.token = CheckedToken(*token, "the variable CELLAR_TOKEN");
  } else if (const auto file = variable("CELLAR_TOKEN_FILE")) {
    address.token_hint = *file;
    address.token = TokenFromFile(*file, "CELLAR_TOKEN_FILE");
  }
  return address;
}

void ReadToken(const GatewayConfig& gateway, const Variables& variable, GatewayAddress* address) {
  if (!gateway.token_env.empty()) {
    const auto token = variable(gateway.token_env);
    if (!token) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: gateway {}: the variable {} (token_env) is not set: export it, "
                              "or name a file in token_file",
                              gateway.where, address->name, gateway.token_env));
    }
    address->token_hint = gateway.token_env;
    address->token = CheckedToken(*token, "the variable " + gateway.token_env);
  } else if (!gateway.token_file.empty()) {
    address->token_hint = gateway.token_file;
    address->token = TokenFromFile(gateway.token_file, fmt::format("{}: gateway {}: token_file",
                                                                   gateway.where, address->name));
  } else {
    address->token_hint = "token_env or token_file of " + gateway.where;
  }
}

bool IsUrl(const std::string& text) { return text.find("://") != std::string::npos; }

/// The labels that the job requires and `labels` lacks.
std::vector<std::string> MissingLabels(const Job& job, const std::vector<std::string>& labels) {
  std::vector<std::string> missing;
  for (const std::string& label : job.requires_labels) {
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) missing.push_back(label);
  }
  return missing;
}

void CheckLabels(const Config& config, const Job& job, const std::string& name) {
  const auto found = config.gateways.find(name);
  const auto missing = MissingLabels(
      job, found == config.gateways.end() ? std::vector<std::string>{} : found->second.labels);
  if (missing.empty()) return;
  std::vector<std::string> fitting;
  for (const auto& [other, gateway] : config.gateways) {
    if (MissingLabels(job, gateway.labels).empty()) fitting.push_back(other);
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("job {} requires {}, which gateway {} does not have: {}", job.name,
                          fmt::join(missing, ", "), name,
                          fitting.empty() ? "no configured gateway has all of its labels"
                                          : fmt::format("use {}", fmt::join(fitting, " or "))));
}

}  // namespace

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

ConfigReading ReadConfig(const ConfigSources& sources) { return ConfigBuilder(sources).Build(); }

GatewayAddress AddressOf(const Config& config, const std::string& name_or_url,
                         const Variables& variable) {
  if (IsUrl(name_or_url)) return AddressOfUrl(name_or_url, variable);
  const auto found = config.gateways.find(name_or_url);
  if (found == config.gateways.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("there is no gateway \"{}\": {}", name_or_url,
                                               SuggestGateway(config, name_or_url)));
  }
  const GatewayConfig& gateway = found->second;
  GatewayAddress address;
  address.name = name_or_url;
  address.url = gateway.url;
  address.ca_file = gateway.ca_file;
  address.client_cert = gateway.client_cert;
  address.client_key = gateway.client_key;
  address.allow_plaintext = gateway.allow_plaintext;
  address.env = gateway.env;
  ReadToken(gateway, variable, &address);
  return address;
}

std::vector<std::string> SecretVariables(const Config& config) {
  std::vector<std::string> secrets{"CELLAR_TOKEN", "CELLAR_SERVER_TOKEN"};
  for (const auto& [name, gateway] : config.gateways) {
    if (!gateway.token_env.empty()) secrets.push_back(gateway.token_env);
  }
  return secrets;
}

GatewayAddress AddressOfServer(const std::string& url, const Variables& variable) {
  GatewayAddress address;
  address.url = url;
  address.peer = {.name = "server",
                  .token_scheme = "Bearer",
                  .token_places = "CELLAR_SERVER_TOKEN or CELLAR_SERVER_TOKEN_FILE",
                  .plaintext_leave = "CELLAR_SERVER_ALLOW_PLAINTEXT=1",
                  .ca_file = "CELLAR_SERVER_CA_FILE",
                  .whose_ca_file = "CELLAR_SERVER_CA_FILE"};
  address.token_hint = "CELLAR_SERVER_TOKEN";
  address.ca_file = variable("CELLAR_SERVER_CA_FILE").value_or("");
  address.allow_plaintext = variable("CELLAR_SERVER_ALLOW_PLAINTEXT") == "1";
  if (const auto token = variable("CELLAR_SERVER_TOKEN")) {
    address.token = CheckedToken(*token, "the variable CELLAR_SERVER_TOKEN");
  } else if (const auto file = variable("CELLAR_SERVER_TOKEN_FILE")) {
    address.token_hint = *file;
    address.token = TokenFromFile(*file, "CELLAR_SERVER_TOKEN_FILE");
  } else {
    throw Error(ErrorKind::kUsage,
                fmt::format("server {}: no token is given: set CELLAR_SERVER_TOKEN, or "
                            "CELLAR_SERVER_TOKEN_FILE to the name of a file that holds it",
                            address.Label()));
  }
  return address;
}

GatewayChoice ResolveGateway(const Config& config, const Job& job, const Variables& variable) {
  std::string wanted = kEmbeddedName;
  for (const std::string& wish : {config.gateway_override, job.gateway, config.default_gateway}) {
    if (wish.empty()) continue;
    wanted = wish;
    break;
  }
  GatewayChoice choice = EmbeddedWanted{};
  if (wanted != kEmbeddedName) choice = AddressOf(config, wanted, variable);
  CheckLabels(config, job, wanted);
  return choice;
}

}  // namespace cellar
