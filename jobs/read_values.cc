#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "jobs/json_text.h"
#include "jobs/parameters.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"
#include "jobs/toml_text.h"
#include "jobs/value.h"

namespace cellar {
namespace {

using NamedValues = std::vector<std::pair<std::string, Value>>;

constexpr int kMaxJsonDepth = 100;

NamedValues ReadJsonValues(const std::string& path, std::string_view text,
                           std::vector<std::string>* problems) {
  Value json;
  if (const auto fault = ParseJson(text, kMaxJsonDepth, &json)) {
    problems->push_back(
        ToString({path, fault->line, fault->column, "no JSON: " + fault->what, ""}));
    return {};
  }
  if (!json.is_object()) {
    problems->push_back(ToString(
        {path, 1, 1, "holds " + Describe(json) + ", not a table", "write {\"name\": value, …}"}));
    return {};
  }
  NamedValues values;
  for (auto& [name, value] : json.items()) {
    if (const auto fault = FaultOf(value)) {
      problems->push_back(ToString({path, 0, 0, fmt::format("{}: {}", Quoted(name), *fault), ""}));
    } else {
      values.emplace_back(name, std::move(value));
    }
  }
  return values;
}

NamedValues ReadTomlValues(const std::string& path, std::string_view text,
                           std::vector<std::string>* problems) {
  TomlText toml = ParseToml(path, text);
  NamedValues values;
  if (toml.table.size() > kMaxParameters) {
    toml.Report(toml.table.source(), fmt::format("more than {} values", kMaxParameters));
    toml.table.clear();
  }
  for (const auto& [key, node] : InFileOrder(toml.table)) {
    Value value = ToValue(*node);
    if (const auto fault = FaultOf(value)) {
      toml.Report(node->source(), fmt::format("{}: {}", Quoted(key->str()), *fault));
    } else {
      values.emplace_back(key->str(), std::move(value));
    }
  }
  for (const Problem& problem : toml.problems) problems->push_back(ToString(problem));
  return values;
}

// nullopt: `text` is no TOML value. It is read as the only value of an inline table that reaches to
// the end: what would be a comment, a second key or a second line of TOML is no part of a value.
std::optional<Value> ReadTomlValue(std::string_view text) {
  const std::string line = fmt::format("v = {{ v = {} }}", text);
  const TomlText toml = ParseToml("", line);
  const toml::table* inline_table = toml.table["v"].as_table();
  if (toml.damaged || toml.table.size() != 1 || !inline_table || inline_table->size() != 1) {
    return std::nullopt;
  }
  const TextPlace end = PlaceOf(line, line.size());
  const toml::source_position table_end = inline_table->source().end;
  const bool is_all = static_cast<int>(table_end.line) == end.line &&
                      static_cast<int>(table_end.column) == end.column;
  const toml::node* node = inline_table->get("v");
  if (node == nullptr || !is_all) return std::nullopt;
  return ToValue(*node);
}

}  // namespace

std::optional<std::pair<std::string, Value>> ParseAssignment(std::string_view text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) return std::nullopt;
  const std::string_view value = text.substr(sign + 1);
  return std::pair(std::string(text.substr(0, sign)),
                   ReadTomlValue(value).value_or(Value(std::string(value))));
}

NamedValues ReadValues(const std::string& path, std::string_view text,
                       std::vector<std::string>* problems) {
  if (text.size() > kMaxJobFileBytes) {
    problems->push_back(ToString({path, 0, 0, "is larger than 16 MiB", "pass the path of a file"}));
    return {};
  }
  const std::string ending = std::filesystem::path(path).extension().string();
  const bool is_json =
      ending == ".json" || (ending != ".toml" && Trimmed(WithoutBom(text)).starts_with('{'));
  return is_json ? ReadJsonValues(path, text, problems) : ReadTomlValues(path, text, problems);
}

}  // namespace cellar
