// Durations and times as flags hold them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "store/records.h"

namespace cellar {

/// nullopt when `text` is empty: the flag was not given. Throws Error kUsage for no duration.
std::optional<std::chrono::milliseconds> ReadDuration(const char* flag, const std::string& text);

/// A moment that has passed, or how long ago; nullopt when `text` is empty. Throws Error kUsage for
/// no time.
std::optional<TimePoint> ReadMoment(const char* flag, const std::string& text);

/// When a run is to start; nullopt when `text` is empty, or says now. Throws Error kUsage for no
/// time, and for one that has passed.
std::optional<TimePoint> ReadDue(const char* flag, const std::string& text);

}  // namespace cellar
