#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "jobs/error.h"
#include "jobs/listed.h"
#include "jobs/literals.h"
#include "jobs/value.h"

namespace cellar {
namespace {

std::string RText(std::string_view text) {
  std::string literal = "\"";
  for (auto at = text.begin(); at != text.end();) {
    const char32_t c = utf8::next(at, text.end());
    if (c == 0) throw Error(ErrorKind::kUsage, "a text of R cannot hold a NUL character");
    if (c == '"' || c == '\\') {
      literal += '\\';
      literal += static_cast<char>(c);
    } else if (c == '\n') {
      literal += "\\n";
    } else if (c >= 0x20 && c < 0x7F) {
      literal += static_cast<char>(c);
    } else {
      const auto code = static_cast<std::uint32_t>(c);
      literal += code > 0xFFFF ? fmt::format("\\U{:08x}", code) : fmt::format("\\u{:04x}", code);
    }
  }
  return literal + "\"";
}

// R reads decimals in long doubles, with errors of a few of their last places: true where all of
// those near by are the same double.
bool IsReadExactly(const std::string& decimals, double number) {
  const auto exponent_at = std::min(decimals.find('e'), decimals.size());
  const auto point = std::min(decimals.find('.'), exponent_at);
  int exponent = exponent_at < decimals.size() ? std::stoi(decimals.substr(exponent_at + 1)) : 0;
  if (point < exponent_at) exponent -= static_cast<int>(exponent_at - point) - 1;
  constexpr int kMostExactPower = 27;  // of ten, in a long double
  if (std::abs(exponent) > kMostExactPower) return false;
  const long double exact = std::strtold(decimals.c_str(), nullptr);
  long double below = exact;
  long double above = exact;
  for (int i = 0; i < 4; ++i) {
    below = std::nextafter(below, -std::numeric_limits<long double>::infinity());
    above = std::nextafter(above, std::numeric_limits<long double>::infinity());
  }
  return static_cast<double>(below) == number && static_cast<double>(above) == number;
}

std::string RFloat(double number) {
  const std::string decimals = DecimalFloat(number);
  return number == 0 || IsReadExactly(decimals, number) ? decimals : fmt::format("{:a}", number);
}

// R's integers have 32 bits, the least of which is NA; larger ones are floats.
std::string RInteger(std::int64_t number) {
  constexpr std::int64_t kMostExact = std::int64_t{1} << 53;
  if (number >= -std::numeric_limits<std::int32_t>::max() &&
      number <= std::numeric_limits<std::int32_t>::max()) {
    return fmt::format("{}L", number);
  }
  if (number >= -kMostExact && number <= kMostExact) return fmt::format("{}", number);
  throw Error(ErrorKind::kUsage,
              fmt::format("R has no integer {}: beyond 2^53 give it as a text", number));
}

// list("a" = 1L), or with the names beside it where R would refuse or change them.
std::string RTable(const Value& table) {
  const bool are_plain =
      std::ranges::all_of(table.items(), [](const auto& item) { return IsIdentifier(item.key()); });
  if (table.empty()) return "structure(list(), names = character(0))";  // list() would be a list
  if (are_plain) {
    return Listed(table, "list(", ", ", ")", [](const std::string& key, const Value& element) {
      return RText(key) + " = " + RLiteral(element);
    });
  }
  const std::string elements =
      Listed(table, "list(", ", ", ")",
             [](const auto&, const Value& element) { return RLiteral(element); });
  const std::string names = Listed(table, "c(", ", ", ")",
                                   [](const std::string& key, const auto&) { return RText(key); });
  return fmt::format("structure({}, names = {})", elements, names);
}

}  // namespace

std::string RLiteral(const Value& value) {
  if (value.is_string()) return RText(value.get_ref<const std::string&>());
  if (value.is_boolean()) return value.get<bool>() ? "TRUE" : "FALSE";
  if (value.is_number_float()) return RFloat(value.get<double>());
  if (value.is_number()) return RInteger(value.get<std::int64_t>());
  if (value.is_object()) return RTable(value);
  const ElementKind kind = KindOfElements(value);
  const bool is_list = kind == ElementKind::kMixed || kind == ElementKind::kNone;
  return Listed(value, is_list ? "list(" : "c(", ", ", ")",
                [](const auto&, const Value& element) { return RLiteral(element); });
}

}  // namespace cellar
