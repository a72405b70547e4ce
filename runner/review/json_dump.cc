#include "runner/review/json_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/review/terminal_parser.h"

namespace cellar {
namespace {

/// Bytes with which a character begins that may have to be escaped: U+007F, U+0080 to 009F, U+202A
/// to 202E and U+2066 to 2069.
bool IsSuspect(char c) { return c == '\x7f' || c == '\xc2' || c == '\xe2'; }

/// The character that begins at `at` of valid UTF-8, if it is one to escape, and its length in
/// bytes; else 0 and 1.
std::pair<char32_t, std::size_t> ToEscape(std::string_view text) {
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  if (text.front() == '\x7f') return {0x7f, 1};
  if (text.front() == '\xc2' && byte(1) < 0xa0) return {byte(1), 2};
  const char32_t character = 0x2000 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  if (text.front() == '\xe2' && MustNotBeShown(character)) return {character, 3};
  return {0, 1};
}

}  // namespace

std::string DumpJson(const nlohmann::ordered_json& json, int indent) {
  std::string text = json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
  if (std::none_of(text.begin(), text.end(), IsSuspect)) return text;
  std::string safe;
  safe.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const auto suspect = std::find_if(rest.begin(), rest.end(), IsSuspect);
    const auto length = static_cast<std::size_t>(suspect - rest.begin());
    safe.append(rest.substr(0, length));
    rest.remove_prefix(length);
    if (rest.empty()) break;
    const auto [character, size] = ToEscape(rest);
    if (character != 0) {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
    } else {
      safe.append(rest.substr(0, size));
    }
    rest.remove_prefix(size);
  }
  return safe;
}

}  // namespace cellar
