#include "runner/config_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/toml_reader.h"

namespace cellar {
namespace {

constexpr std::int64_t kMostKernels = 10'000;
constexpr std::int64_t kMostWarm = 1000;
constexpr std::int64_t kMostWeight = 1000;

Problem PlaceInToml(const std::string& file, const toml::source_region& at) {
  return {file, static_cast<int>(at.begin.line), static_cast<int>(at.begin.column), "", ""};
}

bool IsGatewayName(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

/// Reads one [gateway.NAME]. Its paths are resolved against the file's folder.
class GatewayReader {
 public:
  GatewayReader(TomlText* text, const toml::table* table, const std::string& name,
                const std::filesystem::path& folder)
      : file_(text->file), folder_(folder), reader_(text, table, "[gateway." + name + "]") {}

  GatewayConfig Read() {
    GatewayConfig gateway;
    gateway.where = fmt::format("{}:{}", file_, reader_.PlaceOf("").begin.line);
    ReadUrl(&gateway);
    ReadToken(&gateway);
    gateway.ca_file = Path("ca_file");
    gateway.client_cert = Path("client_cert");
    gateway.client_key = Path("client_key");
    if (gateway.client_cert.empty() != gateway.client_key.empty()) {
      reader_.Report(gateway.client_cert.empty() ? "client_key" : "client_cert",
                     "client_cert and client_key go together", "give both");
    }
    if (const auto most = reader_.Integer("max_kernels", 1, kMostKernels)) {
      gateway.max_kernels = static_cast<int>(*most);
    }
    gateway.weight = static_cast<int>(reader_.Integer("weight", 1, kMostWeight).value_or(1));
    ReadWarm(&gateway);
    gateway.allow_plaintext = reader_.Boolean("allow_plaintext").value_or(false);
    gateway.labels = reader_.Strings("labels").value_or(std::vector<std::string>{});
    ReadEnv(&gateway);
    reader_.Finish();
    return gateway;
  }

 private:
  void ReadUrl(GatewayConfig* gateway) {
    if (!reader_.Has("url")) {
      reader_.ReportMissing("url", "the gateway has no url", "url = \"http://127.0.0.1:8888\"");
    }
    gateway->url = reader_.String("url").value_or("");
    if (gateway->url.empty()) return;
    if (const std::string fault = FaultOfGatewayUrl(gateway->url); !fault.empty()) {
      reader_.Report("url", fault);
    }
  }

  void ReadToken(GatewayConfig* gateway) {
    gateway->token_env = reader_.String("token_env").value_or("");
    gateway->token_file = Path("token_file");
    if (!gateway->token_env.empty() && !gateway->token_file.empty()) {
      reader_.Report("token_file", "both token_env and token_file are given", "keep one of them");
    }
    if (reader_.Node("token") != nullptr) {
      reader_.Report("token", "a token does not stand in a configuration file",
                     "token_env = \"NAME_OF_A_VARIABLE\" or token_file = \"FILE\"");
    }
  }

  void ReadEnv(GatewayConfig* gateway) {
    const toml::table* env = reader_.Table("env");
    if (env == nullptr) return;
    for (const auto& [key, node] : *env) {
      const auto value = node.value_exact<std::string>();
      if (value) {
        gateway->env.emplace(key.str(), *value);
      } else {
        reader_.Report("env", fmt::format("env.{} is {}, not a string", key.str(), Describe(node)),
                       fmt::format("{} = \"…\"", key.str()));
      }
    }
  }

  void ReadWarm(GatewayConfig* gateway) {
    if (const toml::table* warm = reader_.Table("warm")) {
      for (const auto& [key, node] : *warm) {
        const auto count = node.value_exact<std::int64_t>();
        if (!count) {
          reader_.Report("warm",
                         fmt::format("warm.{} is {}, not a number", key.str(), Describe(node)),
                         fmt::format("{} = 2", key.str()));
        } else if (*count < 1 || *count > kMostWarm) {
          reader_.Report("warm",
                         fmt::format("warm.{} is {}; from 1 to {}", key.str(), *count, kMostWarm));
        } else {
          gateway->warm.emplace(key.str(), static_cast<int>(*count));
        }
      }
    }
    if (const auto idle = reader_.Duration("warm_idle", true)) gateway->warm_idle = *idle;
    CheckWarm(*gateway);
  }

  void CheckWarm(const GatewayConfig& gateway) {
    if (reader_.Has("warm_idle") && !reader_.Has("warm")) {
      reader_.Report("warm_idle", "there is no warm whose kernels it could be about",
                     "warm = { python3 = 2 }");
    } else if (gateway.warm_idle.count() == 0) {
      reader_.Report("warm_idle", "warm_idle is zero", "to keep no kernels ready leave warm out");
    }
    int all = 0;
    for (const auto& [kernelspec, count] : gateway.warm) all += count;
    if (!gateway.max_kernels || all <= *gateway.max_kernels) return;
    reader_.Report("warm", fmt::format("warm asks for {} kernels, max_kernels allows {}", all,
                                       *gateway.max_kernels));
  }

  std::string Path(std::string_view key) {
    const auto value = reader_.String(key);
    return value ? (folder_ / *value).lexically_normal().string() : "";
  }

  const std::string& file_;
  const std::filesystem::path& folder_;
  TomlReader reader_;
};

void ReadGateways(TomlText* text, const toml::table& table, const std::filesystem::path& folder,
                  ConfigFile* file) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const toml::source_region& at = key.source();
    if (!IsGatewayName(name)) {
      text->Report(at, "a gateway's name has letters, digits, . _ and - only");
    } else if (name == kEmbeddedName) {
      text->Report(at, "\"embedded\" is the name of the embedded gateway", "choose another name");
    } else if (const toml::table* gateway = node.as_table()) {
      file->gateways.emplace(name, GatewayReader(text, gateway, name, folder).Read());
    } else {
      text->Report(node.source(),
                   fmt::format("gateway.{} is {}, not a table", name, Describe(node)),
                   fmt::format("[gateway.{}]", name));
    }
  }
}

}  // namespace

std::string FaultOfGatewayUrl(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, std::min(scheme_end, url.size()));
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return "a gateway's url begins with http:// or https://";
  }
  const std::string_view rest = url.substr(scheme_end + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty()) return "the url names no host";
  if (host.find('@') != std::string_view::npos) {
    return "a url holds no user or password: gateways take a token (token_env, token_file, "
           "CELLAR_TOKEN)";
  }
  if (url.find_first_of("?#") != std::string_view::npos) {
    return "a url holds no query: the token belongs in token_env, token_file or CELLAR_TOKEN";
  }
  return "";
}

ConfigFile ReadConfigFile(const std::string& label, const std::filesystem::path& folder,
                          std::string_view text) {
  TomlText toml = ParseToml(label, text);
  ConfigFile file;
  TomlReader top(&toml, &toml.table, "");
  if (const auto store = top.String("store")) file.store = (folder / *store).lexically_normal();
  file.default_gateway = top.String("default_gateway");
  file.default_gateway_place = PlaceInToml(label, top.PlaceOf("default_gateway"));
  if (const toml::table* limits = top.Table("limits")) {
    TomlReader reader(&toml, limits, "[limits]");
    file.output_per_cell = reader.ByteSize("output_per_cell");
    reader.Finish();
  }
  if (const toml::table* gateways = top.Table("gateway")) {
    ReadGateways(&toml, *gateways, folder, &file);
  }
  top.Finish();
  file.problems = std::move(toml.problems);
  std::stable_sort(file.problems.begin(), file.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  return file;
}

}  // namespace cellar
