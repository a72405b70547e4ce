#include "runner/review/output_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "jobs/duration.h"
#include "runner/review/json_dump.h"
#include "runner/review/json_values.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string Named(const std::string& type, const Json& value) {
  std::uint64_t size = 0;
  if (value.is_string()) {
    size = value.get_ref<const std::string&>().size();
    if (type.rfind("image/", 0) == 0 && type != "image/svg+xml") size = size / 4 * 3;  // base64
  } else {
    size = DumpJson(value).size();
  }
  return fmt::format("[{}, {}]\n", type, FormatByteSize(size));
}

/// The best text of a mime bundle, and beside it the names of what a terminal cannot show.
std::string TextOfBundle(const Json& data) {
  constexpr std::array<const char*, 3> kTexts{"text/plain", "text/markdown", "text/latex"};
  std::string text;
  for (const char* type : kTexts) {
    text = StringAt(data, type);
    if (!text.empty()) break;
  }
  if (!text.empty() && text.back() != '\n') text.push_back('\n');
  const bool has_text = !text.empty();
  for (const auto& [type, value] : data.items()) {
    if (!has_text || type.rfind("image/", 0) == 0) text += Named(type, value);
  }
  return text;
}

std::string TextOfError(const Json& output) {
  std::string text;
  const auto traceback = output.find("traceback");
  if (traceback != output.end() && traceback->is_array()) {
    for (const Json& line : *traceback) {
      if (line.is_string()) text += line.get_ref<const std::string&>() + "\n";
    }
  }
  if (!text.empty()) return text;
  return StringAt(output, "ename") + ": " + StringAt(output, "evalue") + "\n";
}

}  // namespace

std::string RawTextOf(const Json& output) {
  if (StringAt(output, "output_type") == "error") return TextOfError(output);
  const auto data = output.find("data");
  return data != output.end() && data->is_object() ? TextOfBundle(*data) : "";
}

OutputText::OutputText(Colours colours, TextSink sink)
    : sink_(std::move(sink)), view_(colours, [this](std::string_view text) {
        at_line_start_ = text.back() == '\n';
        sink_(text);
      }) {}

void OutputText::TakeStream(std::string_view text) { view_.Feed(text); }

void OutputText::TakeOutput(const Json& output) {
  Finish();
  view_.Feed(RawTextOf(output));
  Finish();
}

void OutputText::TakeRecord(const OutputRecord& output) {
  if (StringAt(output.body, "output_type") != "stream") return TakeOutput(output.body);
  const auto found = output.body.find("text");
  if (found == output.body.end() || !found->is_string()) return;
  const std::string_view text = found->get_ref<const std::string&>();
  const std::size_t gap = std::min(output.gap_at, text.size());
  view_.Feed(text.substr(0, gap));
  if (output.missing > 0) {
    Finish();
    sink_(fmt::format("[… {} cut out …]\n", FormatByteSize(output.missing)));
  }
  view_.Feed(text.substr(gap));
}

void OutputText::Finish() {
  view_.Finish();
  if (!at_line_start_) sink_("\n");
  at_line_start_ = true;
}

}  // namespace cellar
