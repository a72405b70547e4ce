#include "jobs/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "jobs/parameters.h"

namespace cellar {
namespace {

using GivenValues = std::vector<std::pair<std::string, Value>>;

/// At the commas that stand outside of quotes and brackets. An apostrophe within a bare text quotes
/// nothing.
std::vector<std::string_view> SplitValues(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote) quote = '\0';
    } else if ((c == '"' || c == '\'') && (depth > 0 || i == begin)) {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

void AddOnce(std::string problem, std::vector<std::string>* problems) {
  if (std::ranges::find(*problems, problem) == problems->end()) {
    problems->push_back(std::move(problem));
  }
}

std::vector<std::string> ProblemsOfNames(const Sweep& sweep) {
  std::vector<std::string> problems;
  std::vector<std::string> names;
  for (const SweepAxis& axis : sweep.axes()) {
    if (std::ranges::find(names, axis.name) != names.end()) {
      AddOnce(fmt::format("parameter {}: two sweeps; give all values to one", axis.name),
              &problems);
    }
    names.push_back(axis.name);
  }
  return problems;
}

}  // namespace

SweepAxis ParseSweepAxis(std::string_view text, std::vector<std::string>* problems) {
  SweepAxis axis;
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    problems->push_back(fmt::format("--sweep {}: not of the form name=value,value", text));
    return axis;
  }
  axis.name = text.substr(0, sign);
  for (const std::string_view part : SplitValues(text.substr(sign + 1))) {
    if (part.empty()) {
      problems->push_back(
          fmt::format("--sweep {}: an empty value; for an empty text write '\"\"'", text));
      return axis;
    }
    axis.values.push_back(ParseAssignment(fmt::format("{}={}", axis.name, part)).value().second);
  }
  return axis;
}

std::size_t Sweep::size() const {
  std::size_t size = 1;
  for (const SweepAxis& axis : axes_) {
    size = std::min(size * axis.values.size(), kMaxSweepRuns + 1);
  }
  return size;
}

std::vector<std::pair<std::string, Value>> Sweep::At(std::size_t index) const {
  std::vector<std::pair<std::string, Value>> values(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const SweepAxis& axis = axes_[i];
    values[i] = {axis.name, axis.values[index % axis.values.size()]};
    index /= axis.values.size();
  }
  return values;
}

std::vector<std::string> ProblemsOfSweep(const Sweep& sweep,
                                         const std::vector<std::pair<std::string, Value>>& given,
                                         const Job& job) {
  std::vector<std::string> problems = ProblemsOfNames(sweep);
  if (sweep.size() > kMaxSweepRuns) {
    problems.push_back(
        fmt::format("the sweep makes more than {} runs; split it into several", kMaxSweepRuns));
  }
  if (!problems.empty()) return problems;
  // A constraint is one parameter's, so each value is tried once, not each combination.
  GivenValues values = given;
  for (const SweepAxis& axis : sweep.axes()) values.emplace_back(axis.name, axis.values.front());
  for (std::size_t i = 0; i < sweep.axes().size(); ++i) {
    Value& tried = values[given.size() + i].second;
    for (const Value& value : sweep.axes()[i].values) {
      tried = value;
      Job with_values = job;
      for (std::string& problem : GiveParameters(values, &with_values)) {
        AddOnce(std::move(problem), &problems);
      }
    }
    tried = sweep.axes()[i].values.front();
  }
  return problems;
}

}  // namespace cellar
