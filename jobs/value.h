// Parameter values: made from TOML, said in messages, and checked for what JSON and the kernels'
// languages cannot hold.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/job.h"

namespace cellar {

inline constexpr int kMaxValueDepth = 32;           // R's parser ends at 50
inline constexpr std::size_t kMaxValueKeys = 1000;  // of one table: reading it is quadratic

/// Dates and times become ISO 8601 strings; a table's keys keep the order of the file. NaN and
/// infinity pass: FaultOf tells them.
Value ToValue(const toml::node& node);

/// A table's keys and values in the order of the file.
std::vector<std::pair<const toml::key*, const toml::node*>> InFileOrder(const toml::table& table);

/// Why `value` can be no parameter: NaN, infinity, null, an integer beyond 64 bits, not UTF-8,
/// nested deeper than kMaxValueDepth, a table of more than kMaxValueKeys. nullopt: it can.
std::optional<std::string> FaultOf(const Value& value);

/// `the integer 5`, `the text "a"`, `a list`.
std::string Describe(const Value& value);

enum class ElementKind { kNone, kTexts, kIntegers, kFloats, kNumbers, kBooleans, kMixed };

/// What a list is made of; kNumbers: integers and floats; kMixed: also any list or table.
ElementKind KindOfElements(const Value& list);

/// A letter or `_`, then letters, digits and `_`: a variable's name in every kernel's language.
bool IsIdentifier(std::string_view name);

}  // namespace cellar
