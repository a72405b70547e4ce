#include "runner/schedule_agenda.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

/// From when on a schedule's slots count. One that was added while the clock was wrong, in what is
/// the future now, counts from now on.
TimePoint BeginOf(const ScheduleClock& clock, TimePoint now) {
  const TimePoint begin = std::min(clock.active_since, now);
  return clock.last_slot ? std::max(begin, *clock.last_slot) : begin;
}

bool IsEarlier(const ScheduledSlot& one, const ScheduledSlot& other) {
  return one.slot.due < other.slot.due;
}

}  // namespace

AgendaTurn ScheduleAgenda::Take(const std::vector<ScheduleClock>& schedules, TimePoint now) {
  if (now < last_now_) entries_.clear();
  last_now_ = now;
  AgendaTurn turn;
  std::set<ScheduleId> present;
  for (const ScheduleClock& clock : schedules) {
    present.insert(clock.id);
    Entry& entry = Refresh(clock, now, &turn);
    if (clock.paused || !entry.times) continue;
    if (!entry.coming || entry.coming->due <= now) TakeDue(entry, now, &turn);
    if (!entry.coming) continue;
    ScheduledSlot coming{clock.id, clock.name, *entry.coming};
    if (!turn.coming || IsEarlier(coming, *turn.coming)) turn.coming = std::move(coming);
  }
  std::erase_if(entries_, [&](const auto& entry) { return !present.contains(entry.first); });
  std::stable_sort(turn.fire.begin(), turn.fire.end(), IsEarlier);
  return turn;
}

ScheduleAgenda::Entry& ScheduleAgenda::Refresh(const ScheduleClock& clock, TimePoint now,
                                               AgendaTurn* turn) {
  const auto [at, is_new] = entries_.try_emplace(clock.id);
  Entry& entry = at->second;
  const ScheduleClock former = std::exchange(entry.clock, clock);
  if (is_new || former.times != clock.times || former.name != clock.name) {
    entry.coming.reset();
    try {
      entry.times.emplace(clock.times, clock.name);
    } catch (const Error& error) {
      entry.times.reset();
      turn->notes.push_back(fmt::format("schedule {} cannot fire: {}", clock.name, error.what()));
    }
  }
  if (is_new || former.active_since != clock.active_since || former.paused != clock.paused) {
    entry.coming.reset();
  }
  if (is_new || !entry.coming) entry.from = std::max(entry.from, BeginOf(clock, now));
  return entry;
}

void ScheduleAgenda::TakeDue(Entry& entry, TimePoint now, AgendaTurn* turn) {
  // Another worker may have fired some since.
  const TimePoint from = std::max(entry.from, entry.clock.last_slot.value_or(entry.from));
  const DueSlots due = entry.times->Due(from, now);
  for (const Slot& slot : due.fire) turn->fire.push_back({entry.clock.id, entry.clock.name, slot});
  if (due.passed_over > 0) {
    turn->notes.push_back(fmt::format(
        "schedule {}: {}{} missed {} left out (catch_up = \"{}\")", entry.clock.name,
        due.passed_over == kMostCaughtUp ? "at least " : "", due.passed_over,
        due.passed_over == 1 ? "slot is" : "slots are", ToWord(entry.clock.times.catch_up)));
  }
  entry.from = due.up_to.value_or(from);
  entry.coming = entry.times->Coming(entry.from, now);
}

std::optional<TimePoint> NextFiring(const ScheduleRecord& schedule, TimePoint now) {
  if (schedule.paused) return std::nullopt;
  const ScheduleTimes times(schedule.schedule.job.schedule.value(), schedule.schedule.name);
  const TimePoint last = schedule.last_slot.value_or(schedule.active_since);
  const TimePoint from = std::min(std::max(schedule.active_since, last), now);
  const std::optional<Slot> coming = times.Coming(from, now);
  if (!coming) return std::nullopt;
  return coming->due;
}

}  // namespace cellar
