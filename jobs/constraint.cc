#include "jobs/constraint.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/pattern.h"
#include "jobs/source_text.h"
#include "jobs/value.h"

namespace cellar {
namespace {

bool HasType(const Value& value, ParameterType type) {
  switch (type) {
    case ParameterType::kString:
      return value.is_string();
    case ParameterType::kInteger:
      return value.is_number_integer();
    case ParameterType::kFloat:
      return value.is_number();
    case ParameterType::kBoolean:
      return value.is_boolean();
    case ParameterType::kArray:
      return value.is_array();
    case ParameterType::kTable:
      return value.is_object();
  }
  return false;
}

std::string ListOf(const std::vector<Value>& choices) {
  std::string list;
  for (const Value& choice : choices) list += (list.empty() ? "" : ", ") + choice.dump();
  return OneLine(list);
}

std::optional<std::string> BreaksPattern(const std::string& pattern, const Value& value) {
  if (!value.is_string()) return fmt::format("must be a text, not {}", Describe(value));
  const auto& text = value.get_ref<const std::string&>();
  const std::optional<bool> matches = MatchesPattern(pattern, text);
  if (matches.value_or(false)) return std::nullopt;
  if (!matches) return fmt::format("takes too long to match the pattern {}", OneLine(pattern));
  return fmt::format("is {}, which does not match the pattern {}", Quoted(text), OneLine(pattern));
}

}  // namespace

const std::vector<std::string>& ParameterTypeWords() {
  static const std::vector<std::string> kWords{"string",  "integer", "float",
                                               "boolean", "array",   "table"};
  return kWords;
}

std::optional<std::string> BreaksConstraint(const Constraint& constraint, const Value& value) {
  if (constraint.type && !HasType(value, *constraint.type)) {
    return fmt::format("must be of type {}, not {}",
                       ParameterTypeWords().at(static_cast<std::size_t>(*constraint.type)),
                       Describe(value));
  }
  if ((constraint.min || constraint.max) && !value.is_number()) {
    return fmt::format("must be a number, not {}", Describe(value));
  }
  if (constraint.min && value < *constraint.min) {
    return fmt::format("is {}, less than {}", value.dump(), constraint.min->dump());
  }
  if (constraint.max && *constraint.max < value) {
    return fmt::format("is {}, more than {}", value.dump(), constraint.max->dump());
  }
  if (!constraint.choices.empty() &&
      std::ranges::find(constraint.choices, value) == constraint.choices.end()) {
    return fmt::format("is {}, none of {}", OneLine(value.dump()), ListOf(constraint.choices));
  }
  return constraint.pattern ? BreaksPattern(*constraint.pattern, value) : std::nullopt;
}

Value Fitted(const Constraint& constraint, const Value& value) {
  if (constraint.type == ParameterType::kFloat && value.is_number_integer()) {
    return value.get<double>();
  }
  return value;
}

}  // namespace cellar
