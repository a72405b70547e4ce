#include "runner/review/comparable_text.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "jobs/duration.h"
#include "runner/review/base64.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/output_text.h"
#include "runner/review/tamed_text.h"
#include "store/sha256.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

bool IsPicture(std::string_view type) { return type.starts_with("image/"); }

/// Of what is not base64 as it should be, as it came. SVG is a text that names when it was drawn.
std::string BytesOf(const std::string& type, const Json& value) {
  std::string text = TextOfValue(value);
  if (!IsBinaryType(type)) return TamedText(text);
  std::optional<std::string> bytes = DecodeBase64(text);
  return bytes ? *std::move(bytes) : text;
}

std::string HashLine(const std::string& type, const Json& value) {
  constexpr std::size_t kShownDigits = 12;
  const std::string bytes = BytesOf(type, value);
  return fmt::format("[{}, {}, sha256 {}]\n", PlainLine(type), FormatByteSize(bytes.size()),
                     Sha256(bytes).substr(0, kShownDigits));
}

/// The type of `data` that says most as text; empty: none does.
std::string TextTypeOf(const Json& data) {
  constexpr std::array<const char*, 5> kBestFirst{"text/plain", "text/markdown", "text/latex",
                                                  "application/json", "text/html"};
  for (const char* type : kBestFirst) {
    if (data.contains(type)) return type;
  }
  return "";
}

std::string ComparableBundle(const Json& data) {
  const std::string text_type = TextTypeOf(data);
  std::string text;
  if (!text_type.empty()) text = TerminalView(TextOfValue(data.at(text_type)), Colours::kStrip);
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (const auto& [type, value] : data.items()) {
    const bool is_shown = type == text_type || (!text_type.empty() && !IsPicture(type));
    if (!is_shown) text += HashLine(type, value);
  }
  return text;
}

}  // namespace

std::string ComparableText(const std::vector<OutputRecord>& outputs) {
  std::string all;
  OutputText text(Colours::kStrip, [&](std::string_view piece) { all += piece; });
  for (const OutputRecord& output : outputs) {
    const auto data = output.body.find("data");
    if (data == output.body.end() || !data->is_object()) {
      text.TakeRecord(output);
      continue;
    }
    text.Finish();
    all += ComparableBundle(*data);
  }
  text.Finish();
  return all;
}

}  // namespace cellar
