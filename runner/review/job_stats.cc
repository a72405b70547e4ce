#include "runner/review/job_stats.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "runner/review/slowdown.h"

namespace cellar {
namespace {

constexpr std::size_t kMostStretches = 20;

std::vector<Millis> TrendOf(const std::vector<double>& durations) {
  const std::size_t count = std::min(kMostStretches, durations.size());
  std::vector<Millis> trend;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(durations.size() * i / count);
    const auto end = static_cast<std::ptrdiff_t>(durations.size() * (i + 1) / count);
    trend.emplace_back(MedianOf({durations.begin() + begin, durations.begin() + end}));
  }
  return trend;
}

void CountSample(const CellSample& cell, RunId run, CellStats* stats) {
  const bool is_good = cell.state == CellState::kSucceeded;
  const bool is_bad = cell.state == CellState::kFailed || cell.state == CellState::kUnknown;
  stats->times += is_good || is_bad ? 1 : 0;
  stats->failed += is_bad ? 1 : 0;
  if (is_good) {
    stats->last_good = run;
    stats->first_bad.reset();
  } else if (is_bad && !stats->first_bad) {
    stats->first_bad = run;
  }
}

/// The same for one cell in all runs of its job. `place`: among the cells of code.
std::string SeriesKey(const CellSample& cell, int place, std::set<std::string>* taken) {
  const bool has_name = !cell.name.empty() || cell.kind != CellKind::kCode;
  const std::string by_place = "place " + std::to_string(place);
  std::string key = has_name ? "name " + cell.name : by_place;
  if (!taken->insert(key).second) key += " " + by_place;  // two of one name
  return key;
}

}  // namespace

DurationStats StatsOf(std::vector<double> millis) {
  if (millis.empty()) return {};
  const double median = MedianOf(millis);
  const auto rank =
      static_cast<std::ptrdiff_t>(std::ceil(0.95 * static_cast<double>(millis.size()) - 1e-9));
  const auto p95 = millis.begin() + std::max<std::ptrdiff_t>(rank, 1) - 1;
  std::nth_element(millis.begin(), p95, millis.end());
  return {Millis(median), Millis(*p95)};
}

void JobStatsTaker::Take(const RunSample& run) {
  if (stats_.runs++ == 0) stats_.first = run.run;
  stats_.last = run.run;
  if (run.state == RunState::kFailed) ++stats_.failed;
  if (run.state == RunState::kSucceeded && run.duration) {
    durations_.push_back(run.duration->count());
  }
  int place = 0;                // among the cells of code
  std::set<std::string> taken;  // keys
  for (const CellSample& cell : run.cells) {
    Series& series = series_[{cell.kind, SeriesKey(cell, place, &taken)}];
    place += cell.kind == CellKind::kCode ? 1 : 0;
    series.stats.index = cell.index;
    series.stats.name = cell.name;
    series.stats.kind = cell.kind;
    series.stats.last_run = run.run;
    CountSample(cell, run.run, &series.stats);
    if (cell.state != CellState::kSucceeded || !cell.duration) continue;
    series.durations.push_back(cell.duration->count());
    series.runs.push_back(run.run);
  }
}

JobStats JobStatsTaker::Finish() {
  stats_.durations = StatsOf(durations_);
  for (auto& [key, series] : series_) {
    CellStats& cell = series.stats;
    cell.trend = TrendOf(series.durations);
    if (const auto slowdown = FindSlowdown(series.durations)) {
      cell.slower = SlowerSince{series.runs[slowdown->since], Millis(slowdown->before),
                                Millis(slowdown->after)};
    }
    cell.durations = StatsOf(std::move(series.durations));
    stats_.cells.push_back(std::move(cell));
  }
  std::sort(stats_.cells.begin(), stats_.cells.end(),
            [&](const CellStats& one, const CellStats& other) {
              const auto place = [&](const CellStats& cell) {
                return std::tuple(cell.last_run != stats_.last, cell.index, cell.name);
              };
              return place(one) < place(other);
            });
  return std::move(stats_);
}

}  // namespace cellar
