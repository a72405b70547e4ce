// JSON as the commands write it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cellar {

/// Valid UTF-8 and JSON whatever the values hold. Characters that a terminal would obey rather than
/// show (C1 controls, delete, those that turn the writing direction round) are written as \u….
/// `indent` as in nlohmann's dump; -1: all on one line.
std::string DumpJson(const nlohmann::ordered_json& json, int indent = -1);

}  // namespace cellar
