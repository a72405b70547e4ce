// What is submitted by the clock.
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/schedule_text.h"
#include "runner/review/times.h"
#include "runner/schedule_agenda.h"
#include "store/schedules.h"

namespace cellar {
namespace {

/// One whose times cannot be read here, for a time zone that is not there, never fires.
std::optional<TimePoint> NextOrNever(const ScheduleRecord& schedule, TimePoint now) {
  try {
    return NextFiring(schedule, now);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

ApiAnswer AnswerSchedules(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  nlohmann::ordered_json answer{{"schema_version", 1},
                                {"schedules", nlohmann::ordered_json::array()}};
  const TimePoint now = Now();
  for (const ScheduleRecord& schedule : FindSchedules(*context.store)) {
    answer["schedules"].push_back(ScheduleToJson({schedule, NextOrNever(schedule, now)}));
  }
  return JsonAnswer(answer);
}

}  // namespace cellar
