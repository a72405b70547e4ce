#include "runner/gateway/http_time.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace cellar {

using std::chrono::seconds;

namespace {

constexpr seconds kLongestRetryAfter(600);

}  // namespace

std::optional<std::chrono::sys_seconds> ParseHttpTime(const std::string& text) {
  std::tm time = {};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  if (end == nullptr) return std::nullopt;
  return std::chrono::sys_seconds{seconds(::timegm(&time))};
}

std::optional<seconds> ParseRetryAfter(const std::string& text, const std::string& date) {
  seconds wait{};
  if (const auto until = ParseHttpTime(text)) {
    const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
    wait = *until - ParseHttpTime(date).value_or(now);
  } else {
    const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    if (!is_number) return std::nullopt;
    long count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    wait = fault == std::errc{} ? seconds(count) : kLongestRetryAfter;
  }
  return std::clamp(wait, seconds(0), kLongestRetryAfter);
}

}  // namespace cellar
