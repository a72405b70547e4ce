#include "runner/review/mime_bundle.h"

#include <array>
#include <nlohmann/json.hpp>

#include "runner/review/json_dump.h"

namespace cellar {
namespace {

bool StartsWith(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

bool IsScriptType(std::string_view type) {
  return type.find("javascript") != std::string_view::npos ||
         type.find("ecmascript") != std::string_view::npos;
}

}  // namespace

bool IsBinaryType(std::string_view type) {
  if (WithoutParameters(type) == "image/svg+xml") return false;
  for (const std::string_view family : {"image/", "audio/", "video/", "font/"}) {
    if (StartsWith(type, family)) return true;
  }
  for (const std::string_view own :
       {"application/pdf", "application/zip", "application/octet-stream"}) {
    if (WithoutParameters(type) == own) return true;
  }
  return false;
}

bool IsJsonType(std::string_view type) {
  constexpr std::string_view kSuffix = "+json";
  const std::string_view bare = WithoutParameters(type);
  return bare == "application/json" ||
         (bare.size() > kSuffix.size() && bare.substr(bare.size() - kSuffix.size()) == kSuffix);
}

std::string_view WithoutParameters(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

std::string TextOfValue(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto is_lines = [&] {
    for (const auto& line : value) {
      if (!line.is_string()) return false;
    }
    return value.is_array();
  };
  if (!is_lines()) return DumpJson(value, 2);
  std::string text;
  for (const auto& line : value) text += line.get_ref<const std::string&>();
  return text;
}

std::string TypeToShow(const nlohmann::ordered_json& data) {
  constexpr std::array<std::string_view, 10> kBestFirst{
      "image/png", "image/jpeg",    "image/webp", "image/gif",        "image/svg+xml",
      "text/html", "text/markdown", "text/latex", "application/json", "text/plain"};
  for (const std::string_view type : kBestFirst) {
    if (data.contains(type)) return std::string(type);
  }
  for (const auto& [type, value] : data.items()) {
    if (!IsScriptType(type)) return type;
  }
  return "";
}

}  // namespace cellar
