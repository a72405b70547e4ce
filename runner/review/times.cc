#include "runner/review/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <ctime>

#include "jobs/duration.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

/// A clock face and where it stands; the zone is the reader's.
struct Face {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

/// Takes exactly `digits` digits from the front of `text`.
bool TakeNumber(std::string_view* text, std::size_t digits, int* number) {
  if (text->size() < digits) return false;
  *number = 0;
  for (const char c : text->substr(0, digits)) {
    if (c < '0' || c > '9') return false;
    *number = *number * 10 + (c - '0');
  }
  text->remove_prefix(digits);
  return true;
}

bool Take(std::string_view* text, std::string_view any_of) {
  if (text->empty() || any_of.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

bool ReadDate(std::string_view* text, Face* face) {
  return TakeNumber(text, 4, &face->year) && Take(text, "-") && TakeNumber(text, 2, &face->month) &&
         Take(text, "-") && TakeNumber(text, 2, &face->day) &&
         std::chrono::year_month_day(std::chrono::year(face->year),
                                     std::chrono::month(static_cast<unsigned>(face->month)),
                                     std::chrono::day(static_cast<unsigned>(face->day)))
             .ok();
}

/// "03:31", "03:31:02", "03:31:02.123"; further digits are passed over.
bool ReadClock(std::string_view* text, Face* face) {
  if (!TakeNumber(text, 2, &face->hour) || !Take(text, ":") ||
      !TakeNumber(text, 2, &face->minute)) {
    return false;
  }
  if (Take(text, ":") && !TakeNumber(text, 2, &face->second)) return false;
  if (Take(text, ".")) {
    int scale = 100;
    int digit = 0;
    if (!TakeNumber(text, 1, &digit)) return false;
    do {
      face->millisecond += digit * scale;
      scale /= 10;
    } while (TakeNumber(text, 1, &digit));
  }
  return face->hour < 24 && face->minute < 60 && face->second < 61;
}

TimePoint AsUtc(const Face& face) {
  const auto day = sys_days(std::chrono::year_month_day(
      std::chrono::year(face.year), std::chrono::month(static_cast<unsigned>(face.month)),
      std::chrono::day(static_cast<unsigned>(face.day))));
  return day + std::chrono::hours(face.hour) + std::chrono::minutes(face.minute) +
         std::chrono::seconds(face.second) + milliseconds(face.millisecond);
}

TimePoint AsLocal(const Face& face) {
  std::tm parts{};
  parts.tm_year = face.year - 1900;
  parts.tm_mon = face.month - 1;
  parts.tm_mday = face.day;
  parts.tm_hour = face.hour;
  parts.tm_min = face.minute;
  parts.tm_sec = face.second;
  parts.tm_isdst = -1;
  return sys_seconds(std::chrono::seconds(std::mktime(&parts))) + milliseconds(face.millisecond);
}

/// "Z" or "+01:00", to the end of the text: what to take away for UTC.
std::optional<std::chrono::minutes> ReadOffset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  const bool is_west = !text.empty() && text.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!Take(&text, "+-") || !TakeNumber(&text, 2, &hours) || !Take(&text, ":") ||
      !TakeNumber(&text, 2, &minutes) || !text.empty() || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  const std::chrono::minutes offset(hours * 60 + minutes);
  return is_west ? -offset : offset;
}

/// "2h", "1h30m" as the job file has them, and days: "3d".
std::optional<milliseconds> ReadLength(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits > 5 || text.substr(digits) != "d") return ParseDuration(text);
  int days = 0;
  TakeNumber(&text, digits, &days);
  return milliseconds(std::chrono::days(days));
}

std::optional<TimePoint> ReadCalendar(std::string_view text) {
  Face face;
  if (!ReadDate(&text, &face)) return std::nullopt;
  if (text.empty()) return AsLocal(face);
  if (!Take(&text, "Tt ") || !ReadClock(&text, &face)) return std::nullopt;
  if (text.empty()) return AsLocal(face);
  const auto offset = ReadOffset(text);
  if (!offset) return std::nullopt;
  return AsUtc(face) - *offset;
}

/// The next time that the local clock shows it, today or tomorrow.
std::optional<TimePoint> ReadTimeOfDay(std::string_view text, TimePoint now) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::tm today{};
  localtime_r(&seconds, &today);
  Face face;
  if (!ReadClock(&text, &face) || !text.empty()) return std::nullopt;
  face.year = today.tm_year + 1900;
  face.month = today.tm_mon + 1;
  face.day = today.tm_mday;
  if (AsLocal(face) <= now) ++face.day;  // beyond the month's end is the next one's first
  return AsLocal(face);
}

}  // namespace

std::string FormatUtc(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string FormatLocal(TimePoint time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

std::string ShortTime(const std::string& local) {
  constexpr std::size_t kBehindYear = 5;
  return local.substr(std::min(kBehindYear, local.size()), kShortTimeWidth);
}

std::string ElapsedText(const std::optional<Millis>& elapsed) {
  return elapsed ? FormatElapsed(*elapsed) : "";
}

std::string FormatElapsed(Millis elapsed) {
  const double ms = elapsed.count();
  if (ms < 999.5) return fmt::format("{:.0f} ms", ms);
  if (ms < 59'950) return fmt::format("{:.1f} s", ms / 1000);
  const auto seconds = static_cast<std::int64_t>(std::llround(ms / 1000));
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  const std::int64_t minutes = (seconds + 30) / 60;
  return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
}

std::optional<TimePoint> ParseMoment(std::string_view text, TimePoint now) {
  if (const auto ago = ReadLength(text)) return now - *ago;
  return ReadCalendar(text);
}

std::optional<TimePoint> ParseDueTime(std::string_view text, TimePoint now) {
  if (Take(&text, "+")) {
    const auto length = ReadLength(text);
    return length ? std::optional(now + *length) : std::nullopt;
  }
  if (const auto time = ReadTimeOfDay(text, now)) return time;
  return ReadCalendar(text);
}

TimePoint Now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

}  // namespace cellar
