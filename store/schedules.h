// Jobs that are submitted by the clock. When a slot is, is not known here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/submission.h"

namespace cellar {

struct NewSchedule {
  std::string name;
  Job job;  // as it is now, with its values given; its `schedule` says when
  std::string job_file;
  std::string job_sha256;
};

struct SlotRecord {
  TimePoint slot;
  std::optional<RunId> run;  // nullopt: it was removed since
  std::optional<RunState> state;
  std::optional<RunReason> reason;
};

struct ScheduleRecord {
  ScheduleId id;
  NewSchedule schedule;
  bool paused = false;
  TimePoint created_at;
  TimePoint active_since;              // added, resumed or timed anew: no slot up to it is made up
  std::optional<SlotRecord> last;      // the latest slot whose run is not queued any more
  std::optional<SlotRecord> next;      // the earliest slot whose run is still queued
  std::optional<TimePoint> last_slot;  // the latest that was submitted
};

/// Adds it, or replaces the one of that name, with its slots so far. A replaced one stays paused.
ScheduleId PutSchedule(Store& store, const NewSchedule& schedule, TimePoint now);

/// By name.
std::vector<ScheduleRecord> FindSchedules(const Store& store);

/// What decides when a schedule fires, without its job: for those who ask often.
struct ScheduleClock {
  ScheduleId id;
  std::string name;
  Schedule times;
  bool paused = false;
  TimePoint active_since;
  std::optional<TimePoint> last_slot;  // the latest that was submitted, of those up to now
};

std::vector<ScheduleClock> FindScheduleClocks(const Store& store, TimePoint now);

/// The schedule itself, as it was added last. nullopt: it was removed.
std::optional<NewSchedule> FindSchedule(const Store& store, ScheduleId schedule);

/// False: there is none of that name. Slots that pass while it is paused are not made up for.
bool PauseSchedule(Store& store, const std::string& name);
bool ResumeSchedule(Store& store, const std::string& name, TimePoint now);
/// Its runs stay.
bool RemoveSchedule(Store& store, const std::string& name);

/// Makes the run of a slot, in one transaction, once. nullopt: the slot has been taken, or the
/// schedule is paused or removed.
std::optional<Submission> SubmitSlot(Store& store, ScheduleId schedule, TimePoint slot,
                                     const NewRun& run, TimePoint now);

}  // namespace cellar
