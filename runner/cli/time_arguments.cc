#include "runner/cli/time_arguments.h"

#include <fmt/format.h>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/review/times.h"

namespace cellar {

std::optional<std::chrono::milliseconds> ReadDuration(const char* flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto duration = ParseDuration(text);
  if (duration) return duration;
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: \"{}\" is not a duration; write \"250ms\", \"90s\", \"30m\", "
                          "\"1h30m\"",
                          flag, text));
}

std::optional<TimePoint> ReadMoment(const char* flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto moment = ParseMoment(text, Now());
  if (moment) return moment;
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: \"{}\" is no time: give 2026-11-23, 2026-11-23T03:31:00Z, "
                          "or how long ago: 90m, 2h, 3d",
                          flag, text));
}

std::optional<TimePoint> ReadDue(const char* flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const TimePoint now = Now();
  const auto due = ParseDueTime(text, now);
  if (!due) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: \"{}\" is no time: give 2026-11-23, \"2026-11-23 03:30\", 03:30, "
                            "2026-11-23T03:30:00Z, or from now: +90m, +2h, +3d",
                            flag, text));
  }
  // Whoever computed "now" a moment ago means now.
  constexpr std::chrono::minutes kMoment(1);
  if (*due + kMoment < now) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: {} has passed, it is {} now; without --at the run starts at once",
                            flag, FormatLocal(*due), FormatLocal(now)));
  }
  return *due > now ? due : std::nullopt;
}

}  // namespace cellar
