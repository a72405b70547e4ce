// What a parameter's constraint allows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.h"

namespace cellar {

/// The words of `type = …`, in ParameterType's order.
const std::vector<std::string>& ParameterTypeWords();

/// Why `value` breaks the constraint, as the rest of a sentence: "is 0, less than 1"; nullopt: it
/// does not. An integer passes for a float.
std::optional<std::string> BreaksConstraint(const Constraint& constraint, const Value& value);

/// `value` as the constraint's type wants it kept: an integer becomes a float.
Value Fitted(const Constraint& constraint, const Value& value);

}  // namespace cellar
