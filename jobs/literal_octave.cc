#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "jobs/listed.h"
#include "jobs/literals.h"
#include "jobs/value.h"

namespace cellar {
namespace {

constexpr std::int64_t kMostExactDouble = std::int64_t{1} << 53;

std::string OctaveText(std::string_view text) {
  return '"' + Escaped(text, "\\\"", "\\{:03o}") + '"';
}

bool IsExact(const Value& number) {
  if (number.is_number_float()) return true;
  const auto integer = number.get<std::int64_t>();
  return integer >= -kMostExactDouble && integer <= kMostExactDouble;
}

// Octave reads every decimal as a double; products and sums of int64 are exact.
std::string OctaveInteger(std::int64_t number) {
  if (IsExact(number)) return fmt::format("{}", number);
  return fmt::format("(int64({}) * int64(4294967296) + int64({}))", number >> 32,
                     number & 0xFFFFFFFF);
}

bool IsVector(const Value& list) {
  const ElementKind kind = KindOfElements(list);
  if (kind == ElementKind::kBooleans) return true;
  const bool are_numbers = kind == ElementKind::kIntegers || kind == ElementKind::kFloats ||
                           kind == ElementKind::kNumbers;
  return are_numbers && std::ranges::all_of(list, IsExact);
}

std::string OctaveCells(const Value& value) {
  return Listed(value, "{", ", ", "}",
                [](const auto&, const Value& element) { return OctaveLiteral(element); });
}

std::string OctaveTable(const Value& table) {
  const bool are_fields =
      std::ranges::all_of(table.items(), [](const auto& item) { return IsIdentifier(item.key()); });
  if (!are_fields) {
    const std::string keys = Listed(
        table, "{", ", ", "}", [](const std::string& key, const auto&) { return OctaveText(key); });
    return fmt::format("containers.Map({}, {}, \"UniformValues\", false)", keys,
                       OctaveCells(table));
  }
  return Listed(table, "struct(", ", ", ")", [](const std::string& key, const Value& element) {
    // A cell alone would make an array of structs.
    const std::string literal = OctaveLiteral(element);
    return OctaveText(key) + ", " + (literal.starts_with('{') ? "{" + literal + "}" : literal);
  });
}

}  // namespace

std::string OctaveLiteral(const Value& value) {
  if (value.is_string()) return OctaveText(value.get_ref<const std::string&>());
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (value.is_number()) return OctaveInteger(value.get<std::int64_t>());
  if (value.is_object()) return OctaveTable(value);
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (!IsVector(value)) return OctaveCells(value);
  return Listed(value, "[", ", ", "]",
                [](const auto&, const Value& element) { return OctaveLiteral(element); });
}

}  // namespace cellar
