// A cron expression: which minutes of a wall clock it means. Five fields as in crontab(5): numbers,
// names (jan, mon), ranges, steps, lists; or @hourly @daily @midnight @weekly @monthly @yearly
// @annually. Case does not count. Pure: no clock, no time zone.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cellar {

/// What a clock on the wall shows, whatever its time zone.
using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

struct CronFault {
  std::size_t offset = 0;  // the byte of the expression at which it is
  std::string what;
  std::string suggestion;
};

/// A day counts when day of month and day of week both allow it; but where neither field begins
/// with `*`, when one of them does, as in Vixie cron. Sunday is 0 and 7. `a/n` is from a to the
/// field's end in steps of n.
class CronExpression {
 public:
  /// A fault, too, for what never comes (30 February) and for a step beyond its field's size.
  static std::variant<CronExpression, CronFault> Parse(std::string_view text);

  bool Matches(LocalMinute minute) const;

  /// The first minute at `from` or after it that matches. nullopt: none in the 41 years from there,
  /// which only happens where a calendar ends.
  std::optional<LocalMinute> Next(LocalMinute from) const;

  /// Whether every hour of a day that counts is allowed.
  bool every_hour() const { return hours_.all(); }

 private:
  friend class CronParser;

  CronExpression() = default;
  bool MatchesDay(std::chrono::local_days day) const;
  bool EverComes() const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // from 1
  std::bitset<13> months_;   // from 1
  std::bitset<7> weekdays_;  // 0 is Sunday
  bool either_day_ = false;  // one of days_ and weekdays_ is enough
};

}  // namespace cellar
