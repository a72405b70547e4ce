#include "runner/review/schedule_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jobs/duration.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string ResultOf(const SlotRecord& slot) {
  if (!slot.run) return "its run was removed";
  std::string text = fmt::format("run {} {}", slot.run->value, ToWord(slot.state.value()));
  if (slot.reason) text += fmt::format(": {}", ToWord(*slot.reason));
  return text;
}

std::string NextOf(const ScheduleOutlook& outlook) {
  if (outlook.schedule.paused) return "paused";
  return outlook.next ? FormatLocal(*outlook.next) : "never";
}

Json SlotToJson(const std::optional<SlotRecord>& slot) {
  if (!slot) return nullptr;
  return {{"at", FormatUtc(slot->slot)},
          {"run", slot->run ? Json(slot->run->value) : Json(nullptr)},
          {"state", slot->state ? Json(ToWord(*slot->state)) : Json(nullptr)},
          {"reason", slot->reason ? Json(ToWord(*slot->reason)) : Json(nullptr)}};
}

}  // namespace

std::string ScheduleText(const ScheduleOutlook& outlook) {
  const ScheduleRecord& record = outlook.schedule;
  const Schedule& times = record.schedule.job.schedule.value();
  std::string text = fmt::format("{}  {}  {}", record.schedule.name, times.cron, times.timezone);
  if (times.jitter.count() > 0) text += "  jitter " + FormatDuration(times.jitter);
  text = PlainLine(text) + "\n  job file  " + PlainLine(record.schedule.job_file);
  text += "\n  last      ";
  text += record.last ? FormatLocal(record.last->slot) + "  " + ResultOf(*record.last) : "never";
  if (record.next) {
    text +=
        fmt::format("\n  waiting   {}  {}", FormatLocal(record.next->slot), ResultOf(*record.next));
  }
  return text + "\n  next      " + NextOf(outlook) + "\n";
}

Json ScheduleToJson(const ScheduleOutlook& outlook) {
  const ScheduleRecord& record = outlook.schedule;
  const Schedule& times = record.schedule.job.schedule.value();
  return {{"name", record.schedule.name},
          {"job", record.schedule.job.name},
          {"job_file", record.schedule.job_file},
          {"cron", times.cron},
          {"timezone", times.timezone},
          {"jitter_ms", times.jitter.count()},
          {"catch_up", ToWord(times.catch_up)},
          {"paused", record.paused},
          {"created_at", FormatUtc(record.created_at)},
          {"next_at", outlook.next ? Json(FormatUtc(*outlook.next)) : Json(nullptr)},
          {"last", SlotToJson(record.last)},
          {"waiting", SlotToJson(record.next)}};
}

}  // namespace cellar
