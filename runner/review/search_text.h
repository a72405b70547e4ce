// What a search found, for people and for other programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/review/run_text.h"
#include "store/search.h"

namespace cellar {

/// A heading and a line a hit; without a limit on columns nothing is shortened.
std::string HitsTable(const std::vector<SearchHit>& hits, const TextLook& look);

/// `{"schema_version", "hits"}`.
nlohmann::ordered_json HitsToJson(const std::vector<SearchHit>& hits);

}  // namespace cellar
