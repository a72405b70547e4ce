#include "jobs/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/constraint.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"
#include "jobs/value.h"

namespace cellar {
namespace {

// A text that looks like a number on the command line is read as one: say how to keep it text.
std::string HintFor(const Parameter& parameter, const Value& value) {
  const bool wants_text = parameter.constraint.type == ParameterType::kString;
  if (!wants_text || value.is_string()) return "";
  return fmt::format("; for a text write -p {}='\"…\"'", parameter.name);
}

std::optional<std::string> Give(const std::string& name, const Value& value,
                                std::vector<Parameter>* parameters) {
  const auto parameter = std::ranges::find(*parameters, name, &Parameter::name);
  if (parameter == parameters->end()) {
    const std::vector<std::string> names = NamesOf(*parameters);
    return fmt::format("unknown parameter {}; {}", Quoted(name),
                       names.empty() ? "the job has none" : SuggestWord(name, names, "parameters"));
  }
  if (const auto fault = FaultOf(value)) return fmt::format("parameter {}: {}", name, *fault);
  if (const auto broken = BreaksConstraint(parameter->constraint, value)) {
    return fmt::format("parameter {} {}{}", name, *broken, HintFor(*parameter, value));
  }
  parameter->value = Fitted(parameter->constraint, value);
  return std::nullopt;
}

}  // namespace

std::vector<std::string> NamesOf(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  names.reserve(parameters.size());
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::vector<std::string> GiveParameters(const std::vector<std::pair<std::string, Value>>& given,
                                        Job* job) {
  std::vector<Parameter> parameters = job->parameters;
  std::vector<std::string> problems;
  std::vector<std::string> named;
  for (const auto& [name, value] : given) {
    named.push_back(name);
    if (auto problem = Give(name, value, &parameters)) problems.push_back(std::move(*problem));
  }
  for (const Parameter& parameter : parameters) {
    const bool was_named = std::ranges::find(named, parameter.name) != named.end();
    if (parameter.constraint.required && !parameter.value && !was_named) {
      problems.push_back(fmt::format("parameter {} is required; give it: -p {}=…", parameter.name,
                                     parameter.name));
    }
  }
  if (problems.empty()) job->parameters = std::move(parameters);
  return problems;
}

bool HasParameterValues(const Job& job) {
  return std::ranges::any_of(
      job.parameters, [](const Parameter& parameter) { return parameter.value.has_value(); });
}

}  // namespace cellar
