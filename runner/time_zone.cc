#include "runner/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "jobs/error.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"

namespace cellar {
namespace {

// Of "Europe/Berlin": "Berlin".
std::string CityOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Not among them: old abbreviations, which mean one of several, and Etc/GMT+1, which is west.
std::vector<std::string> NamesToSuggest() {
  std::vector<std::string> names{"UTC"};
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    const std::string& name = zone.name();
    if (name.find('/') != name.npos && !name.starts_with("Etc/")) names.push_back(name);
  }
  return names;
}

std::string SuggestionFor(const std::string& name) {
  const std::vector<std::string> names = NamesToSuggest();
  std::vector<std::string> cities;
  cities.reserve(names.size());
  for (const std::string& known : names) cities.push_back(CityOf(known));
  auto nearest = NearestWord(name, names);
  if (const auto city = NearestWord(CityOf(name), cities); city && !nearest) {
    nearest = names[static_cast<std::size_t>(std::ranges::find(cities, *city) - cities.begin())];
  }
  if (nearest) return fmt::format("did you mean \"{}\"?", *nearest);
  return "zones are named as in \"Europe/Berlin\" or \"UTC\"";
}

const date::time_zone* Find(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

std::optional<std::string> FaultOfTimeZone(const std::string& name) {
  try {
    if (Find(name) != nullptr) return std::nullopt;
    return fmt::format("there is no time zone {}; {}", Quoted(name), SuggestionFor(name));
  } catch (const std::runtime_error& error) {
    return fmt::format("time zone {}: {}; is tzdata installed?", Quoted(name),
                       OneLine(error.what()));
  }
}

TimeZone::TimeZone(const std::string& name) : zone_(Find(name)) {
  if (zone_ == nullptr) throw Error(ErrorKind::kUsage, FaultOfTimeZone(name).value_or(name));
}

ClockPeriod TimeZone::PeriodAt(std::chrono::sys_seconds moment) const {
  const date::sys_info info = zone_->get_info(moment);
  return {info.begin, info.end, info.offset};
}

std::chrono::sys_seconds TimeZone::MomentOf(LocalMinute minute) const {
  const std::chrono::seconds shown = minute.time_since_epoch();
  const date::local_info info = zone_->get_info(date::local_seconds(shown));
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return std::chrono::sys_seconds(shown - info.first.offset);
}

}  // namespace cellar
