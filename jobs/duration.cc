#include "jobs/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <string_view>

namespace cellar {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// Of a duration, in milliseconds; they may only stand in this order.
constexpr std::array<Unit, 4> kDurationUnits{
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 7> kSizeUnits{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"KiB", 1ull << 10},
                                          {"MiB", 1ull << 20},
                                          {"GiB", 1ull << 30}}};

// Takes the digits at the start of `text`, which may be none.
std::optional<std::uint64_t> TakeNumber(std::string_view* text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return number;
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = TakeNumber(&text);
    if (!number) return std::nullopt;
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < kDurationUnits.size() && kDurationUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kDurationUnits.size()) return std::nullopt;
    const std::uint64_t size = kDurationUnits[next_unit++].size;
    if (*number > (kMost - total) / size) return std::nullopt;
    total += *number * size;
    text.remove_prefix(name.size());
  }
  return std::chrono::milliseconds(total);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : kDurationUnits) {
    if (rest >= unit.size) text += fmt::format("{}{}", rest / unit.size, unit.name);
    rest %= unit.size;
  }
  return text;
}

std::optional<std::uint64_t> ParseByteSize(std::string_view text) {
  const auto number = TakeNumber(&text);
  if (!number) return std::nullopt;
  if (text.empty()) return number;
  for (const Unit& unit : kSizeUnits) {
    if (unit.name != text) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() / unit.size) return std::nullopt;
    return *number * unit.size;
  }
  return std::nullopt;
}

std::string FormatByteSize(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto size = static_cast<double>(bytes) / 1024;
  std::string_view unit = "KiB";
  for (const std::string_view larger : {"MiB", "GiB", "TiB", "PiB", "EiB"}) {
    if (size < 1023.95) break;  // else it would be shown as 1024.0
    size /= 1024;
    unit = larger;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

}  // namespace cellar
