#include "runner/review/api/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/number_text.h"
#include "jobs/spelling.h"
#include "runner/review/json_dump.h"
#include "store/history.h"

namespace cellar {
ApiAnswer JsonAnswer(const nlohmann::ordered_json& json, int status) {
  ApiAnswer answer;
  answer.status = status;
  answer.body = DumpJson(json) + "\n";
  return answer;
}

QueryParameters::QueryParameters(const ApiRequest& request, std::vector<std::string> known,
                                 const std::vector<std::string>& repeatable)
    : request_(request) {
  known.insert(known.end(), repeatable.begin(), repeatable.end());
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name) == known.end()) {
      throw Error(ErrorKind::kUsage, fmt::format("there is no parameter \"{}\" here: {}", name,
                                                 SuggestWord(name, known, "parameters")));
    }
    if (std::ranges::find(repeatable, name) == repeatable.end() && request.query.count(name) > 1) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: give it once", name));
    }
  }
}

std::string QueryParameters::Text(const std::string& name) const {
  const auto found = request_.query.find(name);
  return found == request_.query.end() ? "" : found->second;
}

std::vector<std::string> QueryParameters::Texts(const std::string& name) const {
  std::vector<std::string> texts;
  const auto [begin, end] = request_.query.equal_range(name);
  for (auto one = begin; one != end; ++one) texts.push_back(one->second);
  return texts;
}

std::optional<std::int64_t> QueryParameters::Integer(const std::string& name, std::int64_t min,
                                                     std::int64_t max) const {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  const auto number = NumberOf<std::int64_t>(text);
  if (number && *number >= min && *number <= max) return number;
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: \"{}\" is no number from {} to {}", name, text, min, max));
}

int QueryParameters::Limit(int most, int fallback) const {
  return static_cast<int>(Integer("limit", 1, most).value_or(fallback));
}

bool QueryParameters::Flag(const std::string& name) const {
  const std::string text = Text(name);
  if (text == "true") return true;
  if (text.empty() || text == "false") return false;
  throw Error(ErrorKind::kUsage, fmt::format("{}: \"{}\" is neither true nor false", name, text));
}

std::optional<int> IndexIn(std::string_view text) {
  const auto number = NumberOf<std::int64_t>(text);
  if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<RunRecord> FindNamedRun(const Store& store, const std::string& name) {
  constexpr std::string_view kLastOf = "last:";
  if (name == "last" || (name.starts_with(kLastOf) && name.size() > kLastOf.size())) {
    const auto last = LastRun(store, name == "last" ? "" : name.substr(kLastOf.size()));
    return last ? FindRun(store, *last) : std::nullopt;
  }
  const auto number = NumberOf<std::int64_t>(name);
  return number ? FindRun(store, RunId{*number}) : std::nullopt;
}

ApiAnswer NoSuchRun(const Store& store, const std::string& name) {
  const auto newest = LastRun(store, "");
  return ApiError(
      404, fmt::format("there is no run {}: {}", name,
                       newest ? fmt::format("the newest is {}", newest->value) : "there is none"));
}

}  // namespace cellar
