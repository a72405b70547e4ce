// Values as JSON that may be missing.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "store/records.h"

namespace cellar {

/// Empty: there is no such key, or its value is no text.
std::string StringAt(const nlohmann::ordered_json& object, const char* key);

/// As FormatUtc.
nlohmann::ordered_json TimeOrNull(const std::optional<TimePoint>& time);

nlohmann::ordered_json MillisOrNull(const std::optional<Millis>& duration);

}  // namespace cellar
