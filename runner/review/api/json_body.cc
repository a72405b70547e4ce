#include "runner/review/api/json_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "jobs/error.h"
#include "jobs/json_text.h"
#include "jobs/spelling.h"

namespace cellar {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kMaxDepth = 100;

}  // namespace

Json ParseBody(const std::string& whose, const std::string& text) {
  Json body;
  const auto fault = ParseJson(text, kMaxDepth, &body);
  if (!fault) return body;
  throw Error(ErrorKind::kUsage, fmt::format("{}the body is no JSON: {}:{}: {}", whose, fault->line,
                                             fault->column, fault->what));
}

BodyMembers::BodyMembers(const Json& object, std::string whose, std::string where,
                         const std::vector<std::string>& known)
    : object_(object), whose_(std::move(whose)), where_(std::move(where)) {
  if (!object.is_object()) {
    Refuse((where_.empty() ? "the body" : where_.substr(0, where_.size() - 1)) +
           " must be a JSON object");
  }
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Refuse(fmt::format("{}{} is not known: {}", where_, name, SuggestWord(name, known, "members")));
  }
}

const Json* BodyMembers::Find(const std::string& name) const {
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

std::string BodyMembers::Text(const std::string& name) const {
  const Json* value = Find(name);
  if (value == nullptr) return "";
  if (!value->is_string()) Refuse(fmt::format("{}{} must be a text", where_, name));
  return value->get<std::string>();
}

std::optional<std::int64_t> BodyMembers::Integer(const std::string& name) const {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) Refuse(fmt::format("{}{} must be an integer", where_, name));
  return value->get<std::int64_t>();
}

bool BodyMembers::Flag(const std::string& name) const {
  const Json* value = Find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) Refuse(fmt::format("{}{} must be true or false", where_, name));
  return value->get<bool>();
}

std::vector<std::string> BodyMembers::Runs(const std::string& name) const {
  std::vector<std::string> runs;
  const Json* value = Find(name);
  if (value == nullptr) return runs;
  if (!value->is_array()) Refuse(fmt::format("{}{} must be a list of runs", where_, name));
  for (const Json& run : *value) {
    if (run.is_number_integer()) {
      runs.push_back(run.dump());
    } else if (run.is_string()) {
      runs.push_back(run.get<std::string>());
    } else {
      Refuse(fmt::format("{}{}: a run is a number, or \"last\", \"last:JOB\", \"group:N\"", where_,
                         name));
    }
  }
  return runs;
}

void BodyMembers::Refuse(const std::string& message) const {
  throw Error(ErrorKind::kUsage, whose_ + message);
}

}  // namespace cellar
