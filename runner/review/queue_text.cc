#include "runner/review/queue_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runner/review/run_json.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;
using Widths = std::array<int, kColumns>;
constexpr std::size_t kJob = 2;
constexpr std::size_t kSubmitted = 4;
constexpr std::size_t kWaits = 5;
constexpr int kGap = 2;

std::string_view WordOf(WaitReason reason) {
  switch (reason) {
    case WaitReason::kKernel:
      return "kernel";
    case WaitReason::kDue:
      return "due";
    case WaitReason::kRun:
      return "run";
    case WaitReason::kConcurrency:
      break;
  }
  return "concurrency";
}

Row RowOf(const QueuedRun& queued) {
  return {std::to_string(queued.place.position),
          std::to_string(queued.run.id.value),
          PlainLine(queued.run.job),
          std::to_string(queued.run.priority),
          FormatLocal(queued.run.submitted_at),
          PlainLine(WaitText(queued.place))};
}

/// What is not needed to know what the run waits for gives way first: when it was submitted, then
/// the job's name.
void Fit(int columns, Widths* widths) {
  const auto excess = [&] {
    int used = -kGap;
    for (const int width : *widths) used += width > 0 ? width + kGap : 0;
    return used - columns;
  };
  const auto shrink = [&](std::size_t column, int least) {
    int& width = (*widths)[column];
    if (excess() > 0) width = std::min(width, std::max(least, width - excess()));
  };
  if (excess() > 0) (*widths)[kSubmitted] = 0;
  shrink(kJob, 12);
  shrink(kWaits, 16);
  shrink(kJob, 1);
}

std::string Line(const Row& row, const Widths& widths) {
  std::string line;
  for (std::size_t column = 0; column < kColumns; ++column) {
    if (widths[column] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    const std::string text = FitColumns(row[column], widths[column]);
    const std::string space(static_cast<std::size_t>(widths[column] - TextWidth(text)), ' ');
    const bool is_number = column < kJob || column == kJob + 1;
    line += is_number ? space + text : text + space;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string WaitText(const QueuePlace& place) {
  const std::string run = place.run ? fmt::format("run {}", place.run->value) : "another run";
  switch (place.reason) {
    case WaitReason::kKernel:
      return "a worker with a free kernel";
    case WaitReason::kDue:
      return place.until ? FormatLocal(*place.until) : "its time";
    case WaitReason::kRun:
      return run + " to succeed";
    case WaitReason::kConcurrency:
      break;
  }
  return fmt::format("{} of {} to end", run, place.key);
}

Json QueuePlaceToJson(const QueuePlace& place) {
  return {{"position", place.position},
          {"reason", WordOf(place.reason)},
          {"until", place.until ? Json(FormatUtc(*place.until)) : Json(nullptr)},
          {"run", place.run ? Json(place.run->value) : Json(nullptr)},
          {"key", place.key},
          {"text", "waits for " + WaitText(place)}};
}

std::string QueueTable(const std::vector<QueuedRun>& runs, const TextLook& look) {
  std::vector<Row> rows{{"POS", "RUN", "JOB", "PRIO", "SUBMITTED", "WAITS FOR"}};
  for (const QueuedRun& run : runs) rows.push_back(RowOf(run));
  Widths widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      widths[column] = std::max(widths[column], TextWidth(row[column]));
    }
  }
  if (look.columns > 0) Fit(look.columns, &widths);
  std::string table;
  for (const Row& row : rows) table += Line(row, widths);
  return table;
}

void WriteQueueJson(const std::vector<QueuedRun>& runs, const TextSink& sink) {
  sink("{\"schema_version\": 1, \"runs\": [");
  bool is_first = true;
  for (const QueuedRun& queued : runs) {
    Json json = RunToJson(queued.run);
    json["queue"] = QueuePlaceToJson(queued.place);
    sink(is_first ? "\n  " : ",\n  ");
    is_first = false;
    sink(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  sink("]}\n");
}

}  // namespace cellar
