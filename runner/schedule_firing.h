// Fires schedules: makes a run of each slot that is due, once, however many workers do. A run holds
// the job as it was added. What `serve` asks at each turn of its loop.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "runner/schedule_agenda.h"
#include "store/submission.h"

namespace cellar {

class ScheduleFiring {
 public:
  explicit ScheduleFiring(Store& store) : store_(store) {}

  std::function<void(const ScheduledSlot& slot, const Submission& submission)> on_fired;
  std::function<void(const std::string& line)> on_note;

  /// Fires what is due, a few at a time: each is flushed to the disk. Returns for how long it need
  /// not be asked again: a second at most, after which a clock that was set is noticed.
  /// Throws Error (kStore) when the store fails.
  std::chrono::milliseconds Fire(TimePoint now);

  /// The next slot of all, as of the last Fire.
  const std::optional<ScheduledSlot>& coming() const { return coming_; }

 private:
  void Submit(const ScheduledSlot& due, TimePoint now);

  Store& store_;
  ScheduleAgenda agenda_;
  std::deque<ScheduledSlot> due_;
  std::optional<ScheduledSlot> coming_;
};

}  // namespace cellar
