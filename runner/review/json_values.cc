#include "runner/review/json_values.h"

#include <nlohmann/json.hpp>

#include "runner/review/times.h"

namespace cellar {

using Json = nlohmann::ordered_json;

std::string StringAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Json TimeOrNull(const std::optional<TimePoint>& time) {
  return time ? Json(FormatUtc(*time)) : Json(nullptr);
}

Json MillisOrNull(const std::optional<Millis>& duration) {
  return duration ? Json(duration->count()) : Json(nullptr);
}

}  // namespace cellar
