#include "jobs/cron_expression.h"

#include <algorithm>

namespace cellar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;

// 29 February on one weekday comes after 40 years when a year such as 2100 lies between.
constexpr days kHorizon{41 * 366};

}  // namespace

bool CronExpression::Matches(LocalMinute minute) const {
  const local_days day = std::chrono::floor<days>(minute);
  const auto time = minute - day;
  const auto hour = static_cast<std::size_t>(time / hours(1));
  const auto minute_of_hour = static_cast<std::size_t>(time % hours(1) / minutes(1));
  return minutes_[minute_of_hour] && hours_[hour] && MatchesDay(day);
}

bool CronExpression::MatchesDay(local_days day) const {
  const std::chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool by_date = days_[static_cast<unsigned>(date.day())];
  const bool by_weekday = weekdays_[std::chrono::weekday(day).c_encoding()];
  return either_day_ ? by_date || by_weekday : by_date && by_weekday;
}

std::optional<LocalMinute> CronExpression::Next(LocalMinute from) const {
  const local_days first_day = std::chrono::floor<days>(from);
  for (local_days day = first_day; day < first_day + kHorizon; day += days(1)) {
    if (!MatchesDay(day)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      const LocalMinute begin = day + hours(hour);
      if (!hours_[hour] || begin + hours(1) <= from) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        const LocalMinute found = begin + minutes(minute);
        if (minutes_[minute] && found >= from) return found;
      }
    }
  }
  return std::nullopt;
}

bool CronExpression::EverComes() const {
  if (either_day_) return true;
  for (unsigned month = 1; month <= 12; ++month) {
    constexpr unsigned kLeapYear = 2000;
    const auto last = std::chrono::year(kLeapYear) / std::chrono::month(month) / std::chrono::last;
    for (unsigned day = 1; months_[month] && day <= static_cast<unsigned>(last.day()); ++day) {
      if (days_[day]) return true;
    }
  }
  return false;
}

}  // namespace cellar
