// When a schedule fires: its slots, each of which is fired once at most, by whichever worker. Pure
// but for the time zone: no clock, no store.
//
// A slot is a moment. Where clocks are changed for daylight saving time:
//   - An expression that allows every hour ("*/10 * * * *") follows the clock as it runs: each
//     moment at which it shows a time that matches is a slot. Every real hour has its slots.
//   - Any other one ("30 2 * * *") means times of the day: each is one slot. A time that the clock
//     leaves out has its slot when the clock is put forward (02:30 of Berlin's 29 March 2026 at
//     03:00), together with any other of that moment. A time that the clock shows twice has its
//     slot at the first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "jobs/cron_expression.h"
#include "jobs/job.h"
#include "runner/time_zone.h"
#include "store/records.h"

namespace cellar {

/// Of the slots that were missed, "all" fires the latest ones up to this many.
inline constexpr std::size_t kMostCaughtUp = 1000;

/// A slot that is fired later than this was missed, which "none" does not fire. A restart of the
/// service, and the wait for a store that another program has locked, are shorter.
inline constexpr std::chrono::minutes kOnTime{2};

struct Slot {
  TimePoint at;   // what identifies it
  TimePoint due;  // when it is fired: `at` put off by the jitter, always before the next slot

  bool operator==(const Slot&) const = default;
};

struct DueSlots {
  std::vector<Slot> fire;  // oldest first
  // Slots that were due too and are left out; counted up to kMostCaughtUp.
  std::size_t passed_over = 0;
  std::optional<TimePoint> up_to;  // the latest that was due, fired or left out; nullopt: none was
};

class ScheduleTimes {
 public:
  /// `name` is the schedule's: with the slot it decides the jitter, the same in every worker.
  /// Throws Error (kUsage) where the expression or the time zone is none.
  ScheduleTimes(const Schedule& schedule, std::string name);

  /// The first slot after `after`. nullopt: none up to the year 9999.
  std::optional<Slot> Next(TimePoint after) const;

  /// The first slot after `last` that is not due at `now` yet: the next one that will be fired.
  std::optional<Slot> Coming(TimePoint last, TimePoint now) const;

  /// The first slots after `after` up to and with `until`, `most` of them.
  std::vector<Slot> Between(TimePoint after, TimePoint until, std::size_t most) const;

  /// What is to be fired now, by `catch_up`. `last` is the slot that was fired (or passed over)
  /// last, or when the schedule was added or resumed. What is on time is always fired.
  DueSlots Due(TimePoint last, TimePoint now) const;

 private:
  std::optional<TimePoint> NextAt(TimePoint after) const;
  std::optional<std::chrono::sys_seconds> NextOfEveryHour(std::chrono::sys_seconds after) const;
  std::optional<std::chrono::sys_seconds> NextTimeOfDay(std::chrono::sys_seconds after) const;
  std::vector<TimePoint> LatestBetween(TimePoint after, TimePoint until, std::size_t most) const;
  Slot SlotAt(TimePoint at) const;

  std::string name_;
  CronExpression cron_;
  TimeZone zone_;
  std::chrono::milliseconds jitter_;
  CatchUp catch_up_;
};

}  // namespace cellar
