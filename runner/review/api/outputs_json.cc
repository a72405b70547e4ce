#include "runner/review/api/outputs_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runner/review/base64.h"
#include "runner/review/json_dump.h"
#include "runner/review/json_values.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/output_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostInline = 256 * 1024;  // bytes of one part
constexpr std::uint64_t kBeginning = 64 * 1024;    // of a text that is not inline
constexpr std::uint64_t kOverhead = 256;           // of any output: names, addresses

/// Up to `size` bytes, characters whole.
std::string BeginningOf(std::string text, std::uint64_t size) {
  if (text.size() <= size) return text;
  const auto is_inside = [&](std::size_t at) { return (text[at] & '\xc0') == '\x80'; };
  while (size > 0 && is_inside(size)) --size;
  text.resize(size);
  return text;
}

struct PartOf {
  std::string mime;
  std::uint64_t bytes = 0;
  bool is_inline = false;
};

Json PartToJson(const ApiContext& context, const OutputPlace& place, PartOf part) {
  const std::string url =
      context.part_url ? context.part_url({place.cell.run, place.cell.attempt, place.cell.cell,
                                           place.number, part.mime, place.replaced})
                       : "";
  return {{"mime", std::move(part.mime)},
          {"bytes", part.bytes},
          {"inline", part.is_inline},
          {"url", url}};
}

Json Deferred(const OutputOutline& outline) {
  Json json{{"output_type", ToWord(outline.type)}};
  if (outline.type == OutputType::kStream) json["name"] = outline.stream_name;
  json["number"] = outline.number;
  json["deferred"] = true;
  return json;
}

bool Take(std::uint64_t bytes, std::uint64_t* room) {
  if (bytes > *room) return false;
  *room -= bytes;
  return true;
}

Json StreamToJson(const ApiContext& context, const CellPlace& cell, const OutputOutline& stream,
                  AnswerRoom* room) {
  const bool is_inline = stream.kept <= kMostInline;
  const std::uint64_t shown = is_inline ? stream.kept : kBeginning;
  if (!Take(shown + kOverhead, &room->text)) return Deferred(stream);
  // One byte more tells whether the last character is whole.
  std::string text = ReadStreamText(*context.store, stream, 0, shown + 1);
  Json json{{"output_type", "stream"},
            {"name", stream.stream_name},
            {"text", is_inline ? std::move(text) : BeginningOf(std::move(text), shown)},
            {"number", stream.number}};
  json["parts"] = Json::array(
      {PartToJson(context, {cell, stream.number}, {"text/plain", stream.kept, is_inline})});
  if (stream.missing > 0) {
    json["missing"] = stream.missing;
    json["gap_at"] = stream.gap_at;
  }
  return json;
}

/// The members of an output, and what they take in an answer.
struct Shown {
  Json json;
  Json parts = Json::array();
  std::uint64_t bytes = kOverhead;
};

Shown ShownError(const ApiContext& context, const OutputPlace& place, const Json& body) {
  const std::string whole = RawTextOf(body);
  Json traceback = Json::array();
  Shown shown;
  if (whole.size() > kMostInline) {
    traceback.push_back(BeginningOf(whole, kBeginning));
    shown.parts.push_back(PartToJson(context, place, {"text/plain", whole.size(), false}));
  } else if (const auto lines = body.find("traceback"); lines != body.end() && lines->is_array()) {
    for (const Json& line : *lines) {
      if (line.is_string()) traceback.push_back(line);
    }
  }
  const std::string name = BeginningOf(StringAt(body, "ename"), kBeginning);
  const std::string value = BeginningOf(StringAt(body, "evalue"), kBeginning);
  shown.bytes += std::min<std::uint64_t>(whole.size(), kMostInline) + name.size() + value.size();
  shown.json = {
      {"output_type", "error"}, {"ename", name}, {"evalue", value}, {"traceback", traceback}};
  return shown;
}

Shown ShownBundle(const ApiContext& context, const OutputPlace& place, const Json& body) {
  Shown shown;
  shown.json = {{"output_type", StringAt(body, "output_type")}, {"data", Json::object()}};
  const auto found = body.find("data");
  const Json none = Json::object();
  const Json& data = found != body.end() && found->is_object() ? *found : none;
  for (const auto& [mime, value] : data.items()) {
    const bool is_picture = mime.starts_with("image/") || IsBinaryType(mime);
    const std::uint64_t bytes = BytesOfPart(body, mime).value_or("").size();
    const bool is_inline = !is_picture && bytes <= kMostInline;
    if (is_inline) shown.json["data"][mime] = IsJsonType(mime) ? value : Json(TextOfValue(value));
    if (is_inline) shown.bytes += bytes;
    shown.parts.push_back(PartToJson(context, place, {mime, bytes, is_inline}));
  }
  const auto metadata = body.find("metadata");
  const std::size_t size = metadata == body.end() ? 0 : DumpJson(*metadata).size();
  const bool has_metadata = size > 0 && size <= kBeginning;
  shown.json["metadata"] = has_metadata ? *metadata : Json::object();
  if (has_metadata) shown.bytes += size;
  const auto count = body.find("execution_count");
  if (count != body.end()) shown.json["execution_count"] = *count;
  return shown;
}

}  // namespace

std::optional<std::string> TextOfPart(const Json& body, const std::string& mime) {
  if (StringAt(body, "output_type") == "error") {
    return mime == "text/plain" ? std::optional(RawTextOf(body)) : std::nullopt;
  }
  const auto data = body.find("data");
  if (data == body.end() || !data->is_object()) return std::nullopt;
  const auto found = data->find(mime);
  if (found == data->end()) return std::nullopt;
  return IsJsonType(mime) && !found->is_string() ? DumpJson(*found, 2) : TextOfValue(*found);
}

std::optional<std::string> BytesOfPart(const Json& body, const std::string& mime) {
  auto text = TextOfPart(body, mime);
  if (!text || !IsBinaryType(mime)) return text;
  auto bytes = DecodeBase64(*text);
  return bytes ? std::move(bytes) : std::move(text);
}

Json OutputToJson(const ApiContext& context, const OutputPlace& place, const Json& body,
                  AnswerRoom* room) {
  const bool is_error = StringAt(body, "output_type") == "error";
  Shown shown = is_error ? ShownError(context, place, body) : ShownBundle(context, place, body);
  if (!Take(shown.bytes, &room->text)) {
    return {
        {"output_type", shown.json["output_type"]}, {"number", place.number}, {"deferred", true}};
  }
  shown.json["number"] = place.number;
  if (!is_error || !shown.parts.empty()) shown.json["parts"] = std::move(shown.parts);
  return std::move(shown.json);
}

Json OutputsToJson(const ApiContext& context, const CellPlace& place, AnswerRoom* room) {
  Json outputs = Json::array();
  for (const OutputOutline& outline :
       FindOutlines(*context.store, place.run, place.attempt, place.cell)) {
    if (outline.type == OutputType::kStream) {
      outputs.push_back(StreamToJson(context, place, outline, room));
    } else if (room->text < kOverhead || !Take(outline.kept, &room->read)) {
      outputs.push_back(Deferred(outline));
    } else if (const auto body = ReadOutputBody(*context.store, outline)) {
      outputs.push_back(
          OutputToJson(context, {place, outline.number, outline.replaced}, *body, room));
    }
  }
  return outputs;
}

}  // namespace cellar
