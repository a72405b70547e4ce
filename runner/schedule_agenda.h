// Which slots of all schedules are to be fired, and when the next one will be. Pure: it is told
// what the time is and what the store has; nothing is remembered that a restart would miss.
//
// The wall clock may jump. Forwards, slots are missed, and `catch_up` decides. Backwards, all is
// looked at anew: slots that were fired in what is the future now are not asked for their turn, so
// that a clock that was wrong for a while stops no schedule; and each slot is taken once in the
// store (SubmitSlot), so that none is fired again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/schedule_times.h"
#include "store/schedules.h"

namespace cellar {

struct ScheduledSlot {
  ScheduleId schedule;
  std::string name;  // the schedule's
  Slot slot;

  bool operator==(const ScheduledSlot&) const = default;
};

struct AgendaTurn {
  std::vector<ScheduledSlot> fire;      // the earliest first
  std::vector<std::string> notes;       // what is left out, and schedules that cannot be read; once
  std::optional<ScheduledSlot> coming;  // the next one of all, if there is any
};

class ScheduleAgenda {
 public:
  /// To be asked again when the next slot is due, when a schedule may have changed, and whenever
  /// the clock may have been set. `schedules`: FindScheduleClocks at `now`.
  AgendaTurn Take(const std::vector<ScheduleClock>& schedules, TimePoint now);

 private:
  struct Entry {
    ScheduleClock clock;
    std::optional<ScheduleTimes> times;  // nullopt: they cannot be read
    TimePoint from;                      // slots up to here are done with
    std::optional<Slot> coming;
  };

  Entry& Refresh(const ScheduleClock& clock, TimePoint now, AgendaTurn* turn);
  static void TakeDue(Entry& entry, TimePoint now, AgendaTurn* turn);

  std::map<ScheduleId, Entry> entries_;
  TimePoint last_now_;
};

/// The next time at which a schedule fires, for people. nullopt: it is paused, or never will.
/// Throws Error (kUsage) where its times cannot be read.
std::optional<TimePoint> NextFiring(const ScheduleRecord& schedule, TimePoint now);

}  // namespace cellar
