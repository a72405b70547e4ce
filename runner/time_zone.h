// A time zone of the system's database (tzdata): what its clocks show when. The database is read
// once a process. Debian's files list the changes of daylight saving time up to 2037; from then on
// the zones that have it stay at standard time here.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "jobs/cron_expression.h"

namespace date {
class time_zone;
}

namespace cellar {

/// What is wrong with the name of a time zone, and what would be right; nullopt: there is such one.
std::optional<std::string> FaultOfTimeZone(const std::string& name);

/// A time during which the zone's clocks are not changed.
struct ClockPeriod {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;  // the first moment behind it
  std::chrono::seconds offset;   // of the clocks, from UTC
};

class TimeZone {
 public:
  /// Throws Error (kUsage) with the fault of the name.
  explicit TimeZone(const std::string& name);

  ClockPeriod PeriodAt(std::chrono::sys_seconds moment) const;

  /// When the clocks show `minute`, for the first time if twice. Where they never do because they
  /// are put forward past it: when they are.
  std::chrono::sys_seconds MomentOf(LocalMinute minute) const;

 private:
  const date::time_zone* zone_;
};

}  // namespace cellar
