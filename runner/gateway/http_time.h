// Times as HTTP writes them: RFC 9110, sections 5.6.7 and 10.2.3.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace cellar {

/// The preferred form, "Mon, 23 Nov 2026 02:07:02 GMT". nullopt: it is none.
std::optional<std::chrono::sys_seconds> ParseHttpTime(const std::string& text);

/// Retry-After, in seconds or as a time, which is held against `date`, the answer's own (empty: our
/// clock). From 0 to 10 minutes, however much is asked for. nullopt: it is neither.
std::optional<std::chrono::seconds> ParseRetryAfter(const std::string& text,
                                                    const std::string& date);

}  // namespace cellar
