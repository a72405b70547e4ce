#include "jobs/cell_heading.h"

#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "jobs/json_text.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

using Json = nlohmann::json;

// From each word that may be the first option all that follows is read.
constexpr std::size_t kLongestHeading = 500;
constexpr int kMaxTries = 8;
constexpr int kDeepestMetadata = 8;

bool IsKeyCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

// The length of the JSON value at the start of `text`, as far as brackets and quotes tell.
std::size_t ValueLength(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ' ' && depth == 0) {
      return i;
    }
  }
  return text.size();
}

// Takes `key=value` or `.noeval` from the start of `text`. False: it is neither.
bool TakeOption(std::string_view* text, Json* options) {
  std::size_t length = 0;
  while (length < text->size() && IsKeyCharacter((*text)[length])) ++length;
  const std::string key(text->substr(0, length));
  text->remove_prefix(length);
  if (key == ".noeval") {
    (*options)[key] = true;
    return true;
  }
  if (key.empty() || !text->starts_with('=')) return false;
  text->remove_prefix(1);
  const std::size_t value_length = ValueLength(*text);
  Json value;
  if (ParseJson(text->substr(0, value_length), kDeepestMetadata, &value)) return false;
  (*options)[key] = std::move(value);
  text->remove_prefix(value_length);
  return true;
}

bool MayBeOption(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  return word == ".noeval" || word.starts_with('{') || word.find('=') != std::string_view::npos;
}

// nullopt: `text` is not all options.
std::optional<Json> ReadOptions(std::string_view text) {
  Json options = Json::object();
  if (text.starts_with('{')) {
    if (ParseJson(text, kDeepestMetadata, &options)) return std::nullopt;
    return options;
  }
  while (!text.empty()) {
    if (!TakeOption(&text, &options)) return std::nullopt;
    text = Trimmed(text);
  }
  return options;
}

void TakeOptions(const Json& options, CellHeading* heading) {
  const auto name = options.find("name");
  if (name != options.end() && name->is_string()) heading->name = OneLine(name->get<std::string>());
  const auto tags = options.find("tags");
  if (tags != options.end() && tags->is_array()) {
    for (const Json& tag : *tags) {
      if (tag.is_string()) heading->tags.push_back(tag.get<std::string>());
    }
  }
  heading->is_run = !options.contains(".noeval");
}

}  // namespace

CellHeading ReadCellHeading(std::string_view text) {
  text = Trimmed(text);
  CellHeading heading;
  int tries = 0;
  for (std::size_t i = 0; i < text.size() && text.size() <= kLongestHeading; ++i) {
    if (i > 0 && text[i - 1] != ' ') continue;
    if (!MayBeOption(text.substr(i)) || ++tries > kMaxTries) continue;
    if (const std::optional<Json> options = ReadOptions(text.substr(i))) {
      heading.name = OneLine(Trimmed(text.substr(0, i)));
      TakeOptions(*options, &heading);
      return heading;
    }
  }
  heading.name = OneLine(text);
  return heading;
}

}  // namespace cellar
