#include "runner/review/queue_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "runner/review/run_json.h"
#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string_view WaitWord(WaitReason reason) {
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

TableRow QueueRow(const QueuedRun& queued) {
  return {std::to_string(queued.place.position),
          std::to_string(queued.run.id.value),
          PlainLine(queued.run.job),
          std::to_string(queued.run.priority),
          FormatLocal(queued.run.submitted_at),
          PlainLine(WaitText(queued.place))};
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
          {"reason", WaitWord(place.reason)},
          {"until", place.until ? Json(FormatUtc(*place.until)) : Json(nullptr)},
          {"run", place.run ? Json(place.run->value) : Json(nullptr)},
          {"key", place.key},
          {"text", "waits for " + WaitText(place)}};
}

/// What is not needed to know what the run waits for gives way first.
std::string QueueTable(const std::vector<QueuedRun>& runs, const TextLook& look) {
  enum : std::size_t { kPosition, kRun, kJob, kPriority, kSubmitted, kWaits };
  const std::vector<TableColumn> columns{{"POS", true},  {"RUN", true}, {"JOB"},
                                         {"PRIO", true}, {"SUBMITTED"}, {"WAITS FOR"}};
  std::vector<TableRow> rows;
  for (const QueuedRun& run : runs) rows.push_back(QueueRow(run));
  return TextTable(columns, std::move(rows), look.columns,
                   {{kSubmitted, 0}, {kJob, 12}, {kWaits, 16}, {kJob, 1}});
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
