#include "runner/review/tamed_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace cellar {
namespace {

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t CountDigits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) -
                                  text.begin());
}

bool EndsWordAt(std::string_view text, std::size_t at) {
  return at >= text.size() || !IsWord(text[at]);
}

/// Two digits at `at` that make a number up to `most`.
bool HasPair(std::string_view text, std::size_t at, int most) {
  return text.size() >= at + 2 && IsDigit(text[at]) && IsDigit(text[at + 1]) &&
         (text[at] - '0') * 10 + (text[at + 1] - '0') <= most;
}

bool HasAt(std::string_view text, std::size_t at, std::string_view any_of) {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

// Each of these returns how much of the beginning of `text` it takes; 0: it is something else.

std::size_t TakeAddress(std::string_view text) {
  if (!text.starts_with("0x")) return 0;
  std::size_t end = 2;
  while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  const std::size_t digits = end - 2;
  return digits >= 8 && digits <= 16 && EndsWordAt(text, end) ? end : 0;
}

/// "02:00:00", "02:00:00.123"; without seconds only where `is_short_enough`.
std::size_t TakeClock(std::string_view text, bool is_short_enough) {
  if (!HasPair(text, 0, 23) || !HasAt(text, 2, ":") || !HasPair(text, 3, 59)) return 0;
  std::size_t end = 5;
  if (HasAt(text, end, ":") && HasPair(text, end + 1, 60)) {
    end += 3;
    if (HasAt(text, end, ".,") && end + 1 < text.size() && IsDigit(text[end + 1])) {
      end += 1 + CountDigits(text.substr(end + 1));
    }
  } else if (!is_short_enough) {
    return 0;
  }
  return HasAt(text, end, ":") ? 0 : end;
}

/// "Z", "+01:00", "+0100", " UTC"; 0 where there is none.
std::size_t TakeZone(std::string_view text) {
  if (HasAt(text, 0, "Zz") && EndsWordAt(text, 1)) return 1;
  if (text.starts_with(" UTC") && EndsWordAt(text, 4)) return 4;
  if (!HasAt(text, 0, "+-") || !HasPair(text, 1, 23)) return 0;
  const std::size_t minutes = HasAt(text, 3, ":") ? 4 : 3;
  return HasPair(text, minutes, 59) && EndsWordAt(text, minutes + 2) ? minutes + 2 : 0;
}

/// "2026-11-23", "2026/11/23", and the time of day behind it.
std::size_t TakeDate(std::string_view text) {
  if (CountDigits(text.substr(0, 5)) != 4 || !HasAt(text, 4, "-/") || !HasPair(text, 5, 12) ||
      !HasAt(text, 7, text.substr(4, 1)) || !HasPair(text, 8, 31)) {
    return 0;
  }
  constexpr std::size_t kDate = 10;
  if (HasAt(text, kDate, "T ")) {
    const std::size_t clock = TakeClock(text.substr(kDate + 1), true);
    const std::size_t end = kDate + 1 + clock;
    if (clock > 0) return end + TakeZone(text.substr(end));
  }
  return EndsWordAt(text, kDate) ? kDate : 0;
}

/// "Mon Nov 23 02:00:00 2026", "Mon Nov 23 02:00:00 UTC 2026": asctime, date(1), R's date().
std::size_t TakeAscTime(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays{"Mon ", "Tue ", "Wed ", "Thu ",
                                                  "Fri ", "Sat ", "Sun "};
  constexpr std::size_t kClock = 11;  // behind "Mon Nov 23 "
  const bool is_day = std::any_of(kDays.begin(), kDays.end(),
                                  [&](std::string_view day) { return text.starts_with(day); });
  if (!is_day || text.size() < kClock) return 0;
  const std::size_t clock = TakeClock(text.substr(kClock), false);
  if (clock == 0) return 0;
  std::size_t end = kClock + clock + TakeZone(text.substr(kClock + clock));
  if (HasAt(text, end, " ") && CountDigits(text.substr(end + 1)) == 4) end += 5;
  return end;
}

/// "12 ms", "1.5s", "3.21it/s".
std::size_t TakeDuration(std::string_view text) {
  constexpr std::array<std::string_view, 16> kUnits{
      "ns",  "us",   "\u00b5s", "\u03bcs", "ms",      "s",      "sec",  "secs",
      "min", "mins", "second",  "seconds", "minutes", "minute", "it/s", "s/it"};
  std::size_t end = CountDigits(text);
  if (HasAt(text, end, ".") && end + 1 < text.size() && IsDigit(text[end + 1])) {
    end += 1 + CountDigits(text.substr(end + 1));
  }
  if (HasAt(text, end, " ")) ++end;
  std::size_t longest = 0;
  for (const std::string_view unit : kUnits) {
    const bool is_unit = text.substr(end).starts_with(unit) && EndsWordAt(text, end + unit.size());
    if (is_unit) longest = std::max(longest, unit.size());
  }
  return longest == 0 ? 0 : end + longest;
}

struct Taming {
  std::size_t taken = 0;  // bytes; 0: nothing to tame
  std::string_view word;
};

/// What stands at the beginning of a word. `before`: the character before it.
Taming TameAt(std::string_view text, char before) {
  if (IsDigit(text.front())) {
    if (before == '.' || before == ':') return {};  // in the middle of something else
    const bool is_in_bar = before == '<' || HasAt(text, 5, "<");
    if (const std::size_t taken = TakeAddress(text)) return {taken, "<address>"};
    if (const std::size_t taken = TakeDate(text)) return {taken, "<date>"};
    if (const std::size_t taken = TakeClock(text, is_in_bar)) return {taken, "<time>"};
    if (const std::size_t taken = TakeDuration(text)) return {taken, "<duration>"};
    return {};
  }
  if (const std::size_t taken = TakeAscTime(text)) return {taken, "<date>"};
  constexpr std::string_view kKernel = "ipykernel_";  // /tmp/ipykernel_4711/123.py, in warnings
  if (!text.starts_with(kKernel)) return {};
  const std::size_t digits = CountDigits(text.substr(kKernel.size()));
  return digits == 0 ? Taming{} : Taming{kKernel.size() + digits, "ipykernel_<pid>"};
}

}  // namespace

std::string TamedText(std::string_view text) {
  std::string tamed;
  tamed.reserve(text.size());
  char before = '\n';
  while (!text.empty()) {
    const Taming taming = IsWord(text.front()) ? TameAt(text, before) : Taming{};
    std::size_t taken = taming.taken;
    if (taken > 0) {
      tamed += taming.word;
    } else {  // a whole word, or what stands between two
      const bool is_word = IsWord(text.front());
      while (taken < text.size() && IsWord(text[taken]) == is_word) ++taken;
      tamed += text.substr(0, taken);
    }
    before = text[taken - 1];
    text.remove_prefix(taken);
  }
  return tamed;
}

}  // namespace cellar
