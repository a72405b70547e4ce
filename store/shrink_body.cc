#include "store/shrink_body.h"

#include <fmt/format.h>
#include <utf8.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "jobs/duration.h"
#include "jobs/json_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSmall = 64 << 10;
constexpr int kMaxDepth = 500;  // deeper JSON is not written again: it would need as much stack

std::size_t SizeOf(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr ? text->size() : value.dump().size();
}

/// Takes the large entries out of an object (a mime bundle, metadata).
void DropLarge(Json* object, std::vector<std::string>* dropped) {
  for (auto entry = object->begin(); entry != object->end();) {
    const std::size_t size = SizeOf(entry.value());
    if (size <= kSmall) {
      ++entry;
      continue;
    }
    dropped->push_back(fmt::format("{} ({})", entry.key(), FormatByteSize(size)));
    entry = object->erase(entry);
  }
}

std::string Beginning(const std::string& text) {
  return text.substr(
      0, static_cast<std::size_t>(utf8::find_invalid(text.begin(), text.begin() + kSmall) -
                                  text.begin()));
}

/// The last lines that fit: they say where it happened.
Json LastLines(const Json& lines) {
  std::size_t size = 0;
  auto first = lines.end();
  while (first != lines.begin() && (size += SizeOf(*(first - 1))) <= kSmall) --first;
  return Json(first, lines.end());
}

void ShrinkEntry(const std::string& key, Json* value, std::vector<std::string>* dropped) {
  const std::size_t size = SizeOf(*value);
  if (value->is_object() && (key == "data" || key == "metadata")) {
    DropLarge(value, dropped);
  } else if (size <= kSmall) {
    return;
  } else if (value->is_string()) {
    *value = Beginning(value->get_ref<const std::string&>());
    dropped->push_back(fmt::format("the end of {} ({})", key, FormatByteSize(size)));
  } else if (key == "traceback" && value->is_array()) {
    *value = LastLines(*value);
    dropped->push_back(fmt::format("the beginning of {} ({})", key, FormatByteSize(size)));
  }
}

}  // namespace

ShrunkBody ShrinkBody(std::string_view body) {
  Json json;
  if (ParseJson(body, kMaxDepth, &json) || !json.is_object()) {
    return {"{}", {fmt::format("an output ({})", FormatByteSize(body.size()))}};
  }
  ShrunkBody shrunk;
  for (auto& [key, value] : json.items()) ShrinkEntry(key, &value, &shrunk.dropped);
  shrunk.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return shrunk;
}

}  // namespace cellar
