// One configuration file: its text read into settings, with the place of each that is checked
// later.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/problem.h"
#include "runner/config.h"

namespace cellar {

struct ConfigFile {
  std::optional<std::filesystem::path> store;
  std::optional<std::string> default_gateway;
  Problem default_gateway_place;  // without a text
  std::map<std::string, GatewayConfig> gateways;
  std::optional<std::uint64_t> output_per_cell;
  std::vector<Problem> problems;
};

/// `label` names the file in messages; paths in it are relative to `folder`.
ConfigFile ReadConfigFile(const std::string& label, const std::filesystem::path& folder,
                          std::string_view text);

/// What is wrong with a gateway's URL; empty: nothing. Never repeats what may be a secret.
std::string FaultOfGatewayUrl(std::string_view url);

}  // namespace cellar
