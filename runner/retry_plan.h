// Whether a run is tried again after an attempt: its own [retry], and what it did to workers and
// kernels within a day.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "store/attempt_writer.h"

namespace cellar {

/// Writes into `end` that and when another attempt follows, and returns how long that is from now.
/// nullopt: none does; where that is because the run keeps killing its workers or kernels, the
/// end's message says so, and `note` is told.
std::optional<std::chrono::milliseconds> PlanRetry(
    const Store& store, const Claim& claim, AttemptEnd* end,
    const std::function<void(const std::string& line)>& note);

}  // namespace cellar
