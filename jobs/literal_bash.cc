#include <fmt/format.h>

#include <algorithm>

#include "jobs/error.h"
#include "jobs/listed.h"
#include "jobs/literals.h"

namespace cellar {
namespace {

bool IsControl(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7F;
}

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:,+@%").find(c) != std::string_view::npos;
}

std::string BashWord(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::kUsage, "a variable of bash cannot hold a NUL character");
  }
  if (!text.empty() && std::ranges::all_of(text, IsPlain)) return std::string(text);
  if (std::ranges::none_of(text, IsControl) && text.find('\'') == std::string_view::npos) {
    return fmt::format("'{}'", text);
  }
  // One line whatever it holds; an interactive bash would expand the history at "!".
  std::string word = "$'" + Escaped(text, "\\'", "\\{:03o}") + "'";
  for (std::size_t at = 0; (at = word.find('!', at)) != std::string::npos;) {
    word.replace(at, 1, "\\041");
  }
  return word;
}

std::string ElementWord(const Value& value) {
  return value.is_structured() ? BashWord(value.dump()) : BashLiteral(value);
}

}  // namespace

std::string BashLiteral(const Value& value) {
  if (value.is_string()) return BashWord(value.get_ref<const std::string&>());
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (value.is_array()) {
    return Listed(value, "(", " ", ")",
                  [](const auto&, const Value& element) { return ElementWord(element); });
  }
  if (!value.is_object()) return value.dump();
  return Listed(value, "(", " ", ")", [](const std::string& key, const Value& element) {
    if (key.empty()) throw Error(ErrorKind::kUsage, "a table of bash cannot hold an empty key");
    return fmt::format("[{}]={}", BashWord(key), ElementWord(element));
  });
}

}  // namespace cellar
