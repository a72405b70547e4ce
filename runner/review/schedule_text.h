// Schedules for people and for other programs: when each fires, and what came of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "store/schedules.h"

namespace cellar {

/// `next`: when it fires next; nullopt: paused, or never.
struct ScheduleOutlook {
  ScheduleRecord schedule;
  std::optional<TimePoint> next;
};

/// A few lines, with a final line end.
std::string ScheduleText(const ScheduleOutlook& outlook);

/// An element of `schedules`.
nlohmann::ordered_json ScheduleToJson(const ScheduleOutlook& outlook);

}  // namespace cellar
