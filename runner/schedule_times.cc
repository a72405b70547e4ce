#include "runner/schedule_times.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

using LocalSeconds = std::chrono::local_time<seconds>;

constexpr TimePoint kEnd = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);

CronExpression Parsed(const std::string& text) {
  auto parsed = CronExpression::Parse(text);
  if (const auto* fault = std::get_if<CronFault>(&parsed)) {
    throw Error(ErrorKind::kUsage, fault->what + "; " + fault->suggestion);
  }
  return std::get<CronExpression>(std::move(parsed));
}

// FNV-1a of `name` and the slot, then the last steps of MurmurHash3, which spread it over all bits.
// Workers of different versions have to agree: never to be changed.
std::uint64_t HashOf(std::string_view name, TimePoint at) {
  std::uint64_t hash = 0xCBF29CE484222325;
  const auto add = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001B3; };
  for (const char c : name) add(static_cast<unsigned char>(c));
  const auto count = static_cast<std::uint64_t>(at.time_since_epoch().count());
  for (int shift = 0; shift < 64; shift += 8) add(count >> shift & 0xFF);
  hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
  return hash ^ hash >> 33;
}

}  // namespace

ScheduleTimes::ScheduleTimes(const Schedule& schedule, std::string name)
    : name_(std::move(name)),
      cron_(Parsed(schedule.cron)),
      zone_(schedule.timezone),
      jitter_(schedule.jitter),
      catch_up_(schedule.catch_up) {}

std::optional<Slot> ScheduleTimes::Next(TimePoint after) const {
  const auto at = NextAt(after);
  if (!at) return std::nullopt;
  return SlotAt(*at);
}

std::optional<Slot> ScheduleTimes::Coming(TimePoint last, TimePoint now) const {
  // A slot is due within the jitter: one that is not due yet is not older than that.
  std::optional<Slot> slot = Next(std::max(last, now - jitter_ - milliseconds(1)));
  while (slot && slot->due <= now) slot = Next(slot->at);
  return slot;
}

std::vector<Slot> ScheduleTimes::Between(TimePoint after, TimePoint until, std::size_t most) const {
  std::vector<Slot> slots;
  for (auto at = NextAt(after); at && *at <= until && slots.size() < most; at = NextAt(*at)) {
    slots.push_back(SlotAt(*at));
  }
  return slots;
}

DueSlots ScheduleTimes::Due(TimePoint last, TimePoint now) const {
  DueSlots due;
  // The last one may be put off by its jitter.
  for (const TimePoint at : LatestBetween(last, now, 2 * kMostCaughtUp + 1)) {
    const Slot slot = SlotAt(at);
    if (slot.due <= now) due.fire.push_back(slot);
  }
  if (!due.fire.empty()) due.up_to = due.fire.back().at;
  std::size_t most = kMostCaughtUp;
  if (catch_up_ != CatchUp::kAll) most = 1;
  if (catch_up_ == CatchUp::kNone && !due.fire.empty() && now - due.fire.back().due > kOnTime) {
    most = 0;
  }
  if (due.fire.size() <= most) return due;
  due.passed_over = std::min(due.fire.size() - most, kMostCaughtUp);
  due.fire.erase(due.fire.begin(), due.fire.end() - static_cast<std::ptrdiff_t>(most));
  return due;
}

std::optional<TimePoint> ScheduleTimes::NextAt(TimePoint after) const {
  if (after >= kEnd) return std::nullopt;
  const auto second = std::chrono::floor<seconds>(after);
  return cron_.every_hour() ? NextOfEveryHour(second) : NextTimeOfDay(second);
}

std::optional<sys_seconds> ScheduleTimes::NextOfEveryHour(sys_seconds after) const {
  sys_seconds from = after + seconds(1);
  while (from < kEnd) {
    const ClockPeriod period = zone_.PeriodAt(from);
    const LocalSeconds shown(from.time_since_epoch() + period.offset);
    const auto minute = cron_.Next(std::chrono::ceil<minutes>(shown));
    if (!minute) break;
    const sys_seconds moment(minute->time_since_epoch() - period.offset);
    if (moment < period.end) return moment;
    from = period.end;
  }
  return std::nullopt;
}

std::optional<sys_seconds> ScheduleTimes::NextTimeOfDay(sys_seconds after) const {
  // What the clock shows now, and all before it, has its moment at `after` or before. So has what
  // it shows for the second time soon: hence the loop.
  const LocalSeconds shown(after.time_since_epoch() + zone_.PeriodAt(after).offset);
  auto minute = cron_.Next(std::chrono::floor<minutes>(shown) + minutes(1));
  for (; minute; minute = cron_.Next(*minute + minutes(1))) {
    const sys_seconds moment = zone_.MomentOf(*minute);
    if (moment > after) return moment;
  }
  return std::nullopt;
}

std::vector<TimePoint> ScheduleTimes::LatestBetween(TimePoint after, TimePoint until,
                                                    std::size_t most) const {
  // Slots are found forwards alone: from ever earlier on, until there are enough.
  for (milliseconds window = std::chrono::hours(1);; window *= 2) {
    const bool is_whole = until - after <= window;
    std::deque<TimePoint> latest;
    for (auto at = NextAt(is_whole ? after : until - window); at && *at <= until;
         at = NextAt(*at)) {
      latest.push_back(*at);
      if (latest.size() > most) latest.pop_front();
    }
    if (is_whole || latest.size() == most) return {latest.begin(), latest.end()};
  }
}

Slot ScheduleTimes::SlotAt(TimePoint at) const {
  if (jitter_.count() <= 0) return {at, at};
  milliseconds choices = jitter_ + milliseconds(1);
  if (const auto next = NextAt(at)) choices = std::min(choices, *next - at);
  const auto delay = HashOf(name_, at) % static_cast<std::uint64_t>(choices.count());
  return {at, at + milliseconds(delay)};
}

}  // namespace cellar
