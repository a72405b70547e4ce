// Times and durations, as they are shown and as people give them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/records.h"

namespace cellar {

/// RFC 3339, UTC, milliseconds: "2026-11-23T03:31:02.123Z".
std::string FormatUtc(TimePoint time);

/// In the local time zone, for people: "2026-11-23 03:31:02".
std::string FormatLocal(TimePoint time);

/// Of such a time what is needed this year, to the minute: "11-23 03:31".
std::string ShortTime(const std::string& local);
constexpr int kShortTimeWidth = 11;

/// "0 ms", "812 ms", "3.2 s", "4m05s", "2h03m".
std::string FormatElapsed(Millis elapsed);
/// Empty: there is none.
std::string ElapsedText(const std::optional<Millis>& elapsed);

/// A moment as given to --since: RFC 3339 ("2026-11-23T03:31:02Z", any offset), a date or a date
/// and time in the local zone ("2026-11-23", "2026-11-23 03:31"), or how long ago ("2h", "3d").
/// nullopt for anything else.
std::optional<TimePoint> ParseMoment(std::string_view text, TimePoint now);

/// A moment to come as given to --at: RFC 3339, a date or a date and time in the local zone, a time
/// of day there ("03:30": the next time that the clock shows it), or from now ("+2h", "+3d").
/// nullopt for anything else. May be in the past.
std::optional<TimePoint> ParseDueTime(std::string_view text, TimePoint now);

/// The wall clock.
TimePoint Now();

}  // namespace cellar
