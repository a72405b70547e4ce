#include "jobs/read_toml_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "jobs/constraint.h"
#include "jobs/parameters.h"
#include "jobs/pattern.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"
#include "jobs/value.h"

namespace cellar {
namespace {

// nullopt: it can be no parameter, which is a problem then.
std::optional<Value> ReadValue(TomlText* text, const std::string& what, const toml::node& node) {
  Value value = ToValue(node);
  const auto fault = FaultOf(value);
  if (!fault) return value;
  text->Report(node.source(), fmt::format("{}: {}", what, *fault),
               "a text, number, boolean, list or table");
  return std::nullopt;
}

std::vector<Parameter> ReadDefaults(TomlText* text, const toml::table& table) {
  std::vector<Parameter> parameters;
  for (const auto& [key, node] : InFileOrder(table)) {
    const std::string name(key->str());
    if (!IsIdentifier(name)) {
      text->Report(key->source(),
                   fmt::format("[parameters]: {} is no variable's name", Quoted(name)),
                   "a letter or _, then letters, digits and _");
      continue;
    }
    auto value = ReadValue(text, "[parameters]: " + name, *node);
    if (value) parameters.push_back({name, std::move(value), {}});
  }
  return parameters;
}

class ConstraintReader {
 public:
  ConstraintReader(TomlText* text, const toml::table* table, const std::string& name)
      : text_(text), name_("[constraints] " + name), reader_(text, table, name_) {}

  Constraint Read() {
    Constraint constraint;
    constraint.required = reader_.Boolean("required").value_or(false);
    if (const auto word = reader_.Word("type", ParameterTypeWords())) {
      const auto& words = ParameterTypeWords();
      constraint.type = static_cast<ParameterType>(std::ranges::find(words, *word) - words.begin());
    }
    constraint.choices = ReadChoices();
    constraint.min = ReadBound("min");
    constraint.max = ReadBound("max");
    if (constraint.min && constraint.max && *constraint.max < *constraint.min) {
      reader_.Report("max", fmt::format("max {} is less than min {}", constraint.max->dump(),
                                        constraint.min->dump()));
    }
    constraint.pattern = ReadPattern();
    reader_.Finish();
    return constraint;
  }

 private:
  std::vector<Value> ReadChoices() {
    std::vector<Value> choices;
    const toml::array* array = reader_.Array("choices");
    if (array == nullptr) return choices;
    if (array->empty()) reader_.Report("choices", "choices is empty", "leave it out");
    for (const toml::node& node : *array) {
      if (auto value = ReadValue(text_, name_ + ": choices", node)) {
        choices.push_back(std::move(*value));
      }
    }
    return choices;
  }

  std::optional<Value> ReadBound(std::string_view key) {
    const toml::node* node = reader_.Node(key);
    if (node == nullptr) return std::nullopt;
    if (node->is_number() && std::isfinite(*node->value<double>())) return ToValue(*node);
    reader_.Report(key, fmt::format("{} must be a finite number, not {}", key, Describe(*node)));
    return std::nullopt;
  }

  std::optional<std::string> ReadPattern() {
    auto pattern = reader_.Text("pattern");
    if (!pattern) return std::nullopt;
    const auto fault = PatternFault(*pattern);
    if (!fault) return pattern;
    reader_.Report("pattern",
                   fmt::format("{} is no regular expression: {}", Quoted(*pattern), *fault));
    return std::nullopt;
  }

  TomlText* text_;
  std::string name_;
  TomlReader reader_;
};

Parameter* FindParameter(std::vector<Parameter>* parameters, std::string_view name) {
  const auto found = std::ranges::find(*parameters, name, &Parameter::name);
  return found == parameters->end() ? nullptr : &*found;
}

void HoldDefault(TomlText* text, const toml::table* defaults, Parameter* parameter) {
  if (!parameter->value) return;
  if (const auto broken = BreaksConstraint(parameter->constraint, *parameter->value)) {
    text->Report(defaults->get(parameter->name)->source(),
                 fmt::format("[parameters]: {} {}", parameter->name, *broken),
                 "its default must meet its own constraint");
    return;
  }
  parameter->value = Fitted(parameter->constraint, *parameter->value);
}

}  // namespace

std::vector<Parameter> ReadTomlParameters(TomlText* text, TomlReader* top) {
  const toml::table* defaults = top->Table("parameters");
  const toml::table* constraints = top->Table("constraints");
  std::vector<Parameter> parameters;
  for (const toml::table* table : {defaults, constraints}) {
    if (table == nullptr || table->size() <= kMaxParameters) continue;
    text->Report(table->source(), fmt::format("more than {} parameters", kMaxParameters),
                 "put them in a file, and give its path");
    return parameters;
  }
  if (defaults) parameters = ReadDefaults(text, *defaults);
  if (constraints == nullptr) return parameters;
  const std::vector<std::string> names = NamesOf(parameters);
  TomlReader reader(text, constraints, "[constraints]");
  for (const auto& [key, node] : InFileOrder(*constraints)) {
    const std::string name(key->str());
    const toml::table* table = reader.Table(name);
    if (table == nullptr) continue;
    const Constraint constraint = ConstraintReader(text, table, name).Read();
    if (Parameter* parameter = FindParameter(&parameters, name)) {
      parameter->constraint = constraint;
      HoldDefault(text, defaults, parameter);
    } else if (defaults && defaults->contains(name)) {
      continue;  // its default was a problem already
    } else if (constraint.required && IsIdentifier(name)) {
      parameters.push_back({name, std::nullopt, constraint});
    } else if (!text->damaged) {
      text->Report(key->source(),
                   fmt::format("[constraints]: there is no parameter {}", Quoted(name)),
                   NearestWord(name, names) ? SuggestWord(name, names, "parameters")
                                            : "give it a default, or required = true");
    }
  }
  return parameters;
}

}  // namespace cellar
