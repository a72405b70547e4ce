#include "runner/schedule_firing.h"

#include <algorithm>
#include <utility>

namespace cellar {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPause = std::chrono::seconds(1);
constexpr int kFiredAtOnce = 16;

}  // namespace

milliseconds ScheduleFiring::Fire(TimePoint now) {
  AgendaTurn turn = agenda_.Take(FindScheduleClocks(store_, now), now);
  for (const std::string& note : turn.notes) on_note(note);
  for (ScheduledSlot& slot : turn.fire) due_.push_back(std::move(slot));
  coming_ = std::move(turn.coming);
  for (int i = 0; i < kFiredAtOnce && !due_.empty(); ++i) {
    Submit(due_.front(), now);
    due_.pop_front();
  }
  if (!due_.empty()) return milliseconds(0);
  if (!coming_) return kLongestPause;
  return std::clamp(coming_->slot.due - now, milliseconds(1), kLongestPause);
}

void ScheduleFiring::Submit(const ScheduledSlot& due, TimePoint now) {
  std::optional<NewSchedule> schedule = FindSchedule(store_, due.schedule);
  if (!schedule) return;  // removed since
  NewRun run;
  run.job = std::move(schedule->job);
  run.job_file = std::move(schedule->job_file);
  run.job_sha256 = std::move(schedule->job_sha256);
  const auto submission = SubmitSlot(store_, due.schedule, due.slot.at, run, now);
  if (submission) on_fired(due, *submission);  // else another worker was faster, or it is paused
}

}  // namespace cellar
