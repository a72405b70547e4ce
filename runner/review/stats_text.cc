#include "runner/review/stats_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runner/review/json_values.h"
#include "runner/review/terminal_colours.h"
#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string NameInStats(const CellStats& cell) {
  const std::string name = cell.kind == CellKind::kParameters ? "parameters" : PlainLine(cell.name);
  return name.empty() ? fmt::format("[{}]", cell.index) : fmt::format("[{}] {}", cell.index, name);
}

double RateOf(int failed, int times) {
  return times == 0 ? 0 : static_cast<double>(failed) / times;
}

std::string FailedText(int failed, int times) {
  if (failed == 0) return "0";
  return fmt::format("{} ({:.1f} %)", failed, 100 * RateOf(failed, times));
}

std::string StatsHeader(const std::string& job, const JobStats& stats) {
  std::string text = fmt::format("{}: {} {}, {} to {}, failed {}", PlainLine(job), stats.runs,
                                 stats.runs == 1 ? "run" : "runs", stats.first.value,
                                 stats.last.value, FailedText(stats.failed, stats.runs));
  if (stats.durations.median) {
    text += fmt::format(", median {}, 95 % within {}", FormatElapsed(*stats.durations.median),
                        FormatElapsed(*stats.durations.p95));
  }
  return text + "\n\n";
}

std::string StatsTable(const JobStats& stats, const TextLook& look, BarStyle style) {
  const std::vector<TableColumn> columns{{"CELL"},         {"TIMES", true}, {"FAILED", true},
                                         {"MEDIAN", true}, {"95 %", true},  {"TREND"}};
  std::vector<TableRow> rows;
  for (const CellStats& cell : stats.cells) {
    const std::string name = NameInStats(cell) + (cell.last_run == stats.last ? "" : " (gone)");
    rows.push_back(
        {name,
         std::to_string(cell.times),
         {FailedText(cell.failed, cell.times), look.colours && cell.first_bad ? kRed : nullptr},
         ElapsedText(cell.durations.median),
         ElapsedText(cell.durations.p95),
         BarLine(cell.trend, style)});
  }
  return TextTable(columns, std::move(rows), look.columns, {{5, 0}, {0, 12}, {1, 0}, {4, 0}});
}

std::string FindingsOn(const CellStats& cell) {
  std::string text;
  if (cell.first_bad) {
    text += fmt::format("{} fails since run {}: {}\n", NameInStats(cell), cell.first_bad->value,
                        cell.last_good
                            ? fmt::format("run {} was the last good one", cell.last_good->value)
                            : "none of these runs was good");
  }
  if (cell.slower) {
    text +=
        fmt::format("{} is slower since run {}: {} before, now {} (×{:.2f})\n", NameInStats(cell),
                    cell.slower->run.value, FormatElapsed(cell.slower->before),
                    FormatElapsed(cell.slower->after), cell.slower->after / cell.slower->before);
  }
  return text;
}

Json RunNumberToJson(const std::optional<RunId>& run) {
  return run ? Json(run->value) : Json(nullptr);
}

Json CellStatsToJson(const CellStats& cell) {
  Json trend = Json::array();
  for (const Millis duration : cell.trend) trend.push_back(duration.count());
  Json slower = nullptr;
  if (cell.slower) {
    slower = {{"run", cell.slower->run.value},
              {"before_ms", cell.slower->before.count()},
              {"after_ms", cell.slower->after.count()}};
  }
  return {{"index", cell.index},
          {"name", cell.name},
          {"kind", ToWord(cell.kind)},
          {"last_run", cell.last_run.value},
          {"times", cell.times},
          {"failed", cell.failed},
          {"failure_rate", RateOf(cell.failed, cell.times)},
          {"median_ms", MillisOrNull(cell.durations.median)},
          {"p95_ms", MillisOrNull(cell.durations.p95)},
          {"trend_ms", std::move(trend)},
          {"last_good_run", RunNumberToJson(cell.last_good)},
          {"first_bad_run", RunNumberToJson(cell.first_bad)},
          {"slower_since", std::move(slower)}};
}

}  // namespace

std::string BarLine(const std::vector<Millis>& durations, BarStyle style) {
  constexpr std::array<const char*, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array<const char*, 8> kAscii{".", ":", "-", "=", "+", "*", "#", "@"};
  if (durations.empty()) return "";
  const double longest = std::max_element(durations.begin(), durations.end())->count();
  std::string line;
  for (const Millis duration : durations) {
    const double share = longest > 0 ? duration.count() / longest : 0;
    const auto level = static_cast<std::size_t>(std::clamp(std::ceil(share * 8), 1.0, 8.0)) - 1;
    line += style == BarStyle::kBlocks ? kBlocks[level] : kAscii[level];
  }
  return line;
}

std::string StatsText(const std::string& job, const JobStats& stats, const TextLook& look,
                      BarStyle style) {
  std::string text = StatsHeader(job, stats) + StatsTable(stats, look, style);
  std::string findings;
  for (const CellStats& cell : stats.cells) findings += FindingsOn(cell);
  return findings.empty() ? text : text + "\n" + findings;
}

Json StatsToJson(const std::string& job, const JobStats& stats) {
  Json json{{"schema_version", 1},
            {"job", job},
            {"runs", stats.runs},
            {"failed", stats.failed},
            {"failure_rate", RateOf(stats.failed, stats.runs)},
            {"first_run", stats.first.value},
            {"last_run", stats.last.value},
            {"median_ms", MillisOrNull(stats.durations.median)},
            {"p95_ms", MillisOrNull(stats.durations.p95)},
            {"cells", Json::array()}};
  for (const CellStats& cell : stats.cells) json["cells"].push_back(CellStatsToJson(cell));
  return json;
}

}  // namespace cellar
