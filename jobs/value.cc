#include "jobs/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>

#include "jobs/source_text.h"

namespace cellar {
namespace {

template <typename T>
std::string IsoText(const T& moment) {
  std::ostringstream text;
  text << moment;
  return text.str();
}

Value TableToValue(const toml::table& table) {
  Value::object_t entries;
  // Keys are unique; a look-up for each would be quadratic.
  for (const auto& [key, node] : InFileOrder(table)) {
    entries.emplace_back(std::string(key->str()), ToValue(*node));
  }
  return entries;
}

Value ArrayToValue(const toml::array& array) {
  Value value = Value::array();
  for (const toml::node& element : array) value.push_back(ToValue(element));
  return value;
}

ElementKind KindOf(const Value& element) {
  if (element.is_string()) return ElementKind::kTexts;
  if (element.is_boolean()) return ElementKind::kBooleans;
  if (element.is_number_float()) return ElementKind::kFloats;
  return element.is_number() ? ElementKind::kIntegers : ElementKind::kMixed;
}

bool IsNumeric(ElementKind kind) {
  return kind == ElementKind::kIntegers || kind == ElementKind::kFloats ||
         kind == ElementKind::kNumbers;
}

std::optional<std::string> FaultWithin(const Value& value, int depth) {
  if (value.is_structured() && depth >= kMaxValueDepth)
    return fmt::format("nested deeper than {} levels", kMaxValueDepth);
  if (value.is_null()) return "null is no value";
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    return fmt::format("{} is no number that JSON can hold", value.get<double>());
  }
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fmt::format("{} is more than 2^63-1", value.get<std::uint64_t>());
  }
  if (value.is_string() && FindInvalidUtf8(value.get_ref<const std::string&>())) {
    return "a text that is not UTF-8";
  }
  if (value.is_object() && value.size() > kMaxValueKeys) {
    return fmt::format("a table of more than {} keys", kMaxValueKeys);
  }
  if (!value.is_structured()) return std::nullopt;
  for (const auto& [key, element] : value.items()) {
    if (FindInvalidUtf8(key)) return "a key that is not UTF-8";
    if (auto fault = FaultWithin(element, depth + 1)) return fault;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::pair<const toml::key*, const toml::node*>> InFileOrder(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (auto entry = table.cbegin(); entry != table.cend(); ++entry) {
    entries.emplace_back(&entry->first, &entry->second);
  }
  std::ranges::stable_sort(entries, [](const auto& a, const auto& b) {
    return a.first->source().begin < b.first->source().begin;
  });
  return entries;
}

Value ToValue(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return TableToValue(*node.as_table());
    case toml::node_type::array:
      return ArrayToValue(*node.as_array());
    case toml::node_type::string:
      return node.as_string()->get();
    case toml::node_type::integer:
      return node.as_integer()->get();
    case toml::node_type::floating_point:
      return node.as_floating_point()->get();
    case toml::node_type::boolean:
      return node.as_boolean()->get();
    case toml::node_type::date:
      return IsoText(node.as_date()->get());
    case toml::node_type::time:
      return IsoText(node.as_time()->get());
    case toml::node_type::date_time:
      return IsoText(node.as_date_time()->get());
    case toml::node_type::none:
      break;
  }
  return nullptr;
}

std::optional<std::string> FaultOf(const Value& value) { return FaultWithin(value, 0); }

std::string Describe(const Value& value) {
  if (value.is_string()) return "the text " + Quoted(value.get_ref<const std::string&>());
  if (value.is_number_float()) return fmt::format("the float {}", value.get<double>());
  if (value.is_number()) return "the integer " + value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_array()) return "a list";
  return value.is_object() ? "a table" : "null";
}

ElementKind KindOfElements(const Value& list) {
  std::optional<ElementKind> common;
  for (const Value& element : list) {
    const ElementKind kind = KindOf(element);
    const bool are_numbers = common && IsNumeric(*common) && IsNumeric(kind);
    if (!common || kind == *common) {
      common = kind;
    } else {
      common = are_numbers ? ElementKind::kNumbers : ElementKind::kMixed;
    }
  }
  return common.value_or(ElementKind::kNone);
}

bool IsIdentifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace cellar
