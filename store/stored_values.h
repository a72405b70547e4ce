// Columns read back as the values that were written. What cannot be is damage: Error (kStore).
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"
#include "store/store_impl.h"

namespace cellar {

inline nlohmann::ordered_json ParseStored(const Database& database, const std::string& text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) database.FailDamaged("a stored value is not JSON");
  return json;
}

template <typename E>
E WordAt(const Database& database, const Query& row, int column,
         std::optional<E> (*parse)(std::string_view)) {
  const std::string word = row.Text(column);
  const std::optional<E> value = parse(word);
  if (!value) database.FailDamaged(fmt::format("unknown word {}", word));
  return *value;
}

template <typename E>
std::optional<std::string_view> WordOrNull(const std::optional<E>& value) {
  return value ? std::optional(ToWord(*value)) : std::nullopt;
}

inline std::optional<TimePoint> TimeOrNull(const Query& row, int column) {
  const auto millis = row.IntOrNull(column);
  return millis ? std::optional(FromMillis(*millis)) : std::nullopt;
}

inline std::optional<Millis> MillisOrNull(const Query& row, int column) {
  const auto millis = row.RealOrNull(column);
  return millis ? std::optional(Millis(*millis)) : std::nullopt;
}

}  // namespace cellar
