// What stands in the first line of a request, read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct HttpTarget {
  std::string path;                   // as sent, without the query: "/api/v1/runs/last%3Aa"
  std::vector<std::string> segments;  // decoded: {"api", "v1", "runs", "last:a"}
  std::multimap<std::string, std::string> query;  // decoded; values of one name as they came
};

/// nullopt: an escape is not one, or it begins with no slash.
std::optional<HttpTarget> ReadTarget(std::string_view target);

}  // namespace cellar
