#include "runner/review/run_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "jobs/source_text.h"
#include "runner/review/json_dump.h"
#include "runner/review/output_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

const char* StateColour(std::string_view state) {
  if (state == "succeeded") return "\x1b[32m";
  if (state == "failed") return "\x1b[1;31m";
  return "\x1b[33m";
}

std::string Coloured(const std::string& text, const char* colour, const TextLook& look) {
  return look.colours ? colour + text + "\x1b[0m" : text;
}

template <typename State, typename Reason>
std::string ColouredState(State state, const std::optional<Reason>& reason, const TextLook& look) {
  std::string text(ToWord(state));
  if (reason) text += fmt::format(" ({})", ToWord(*reason));
  return Coloured(text, StateColour(ToWord(state)), look);
}

/// A line of the header; nothing when there is nothing to say.
void WriteField(const char* name, const std::string& value, const TextSink& sink) {
  if (!value.empty()) sink(fmt::format("  {:<11} {}\n", name, PlainLine(value)));
}

std::string Joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string PlaceText(const RunRecord& run) {
  std::vector<std::string> parts;
  if (!run.gateway.empty()) parts.push_back(run.gateway);
  if (!run.kernelspec.empty()) parts.push_back("kernel " + run.kernelspec);
  if (run.attempt > 0) parts.push_back(fmt::format("attempt {}", run.attempt));
  return Joined(parts);
}

std::string SubmittedText(const RunRecord& run) {
  std::vector<std::string> parts{FormatLocal(run.submitted_at)};
  if (run.queue) parts.push_back("queued for " + FormatElapsed(*run.queue));
  if (run.kernel_start) parts.push_back("kernel ready after " + FormatElapsed(*run.kernel_start));
  return Joined(parts);
}

void WriteParameters(const RunRecord& run, const TextSink& sink) {
  const char* name = "parameters";
  for (const auto& [key, value] : run.parameters.items()) {
    WriteField(name, fmt::format("{} = {}", key, DumpJson(value)), sink);
    name = "";
  }
}

void WriteHeader(const RunRecord& run, const TextLook& look, const TextSink& sink) {
  sink(fmt::format("run {}  {}  {}{}\n", run.id.value, PlainLine(run.job),
                   ColouredState(run.state, run.reason, look),
                   run.duration ? "  " + FormatElapsed(*run.duration) : ""));
  if (!run.message.empty()) sink("  " + PlainLine(run.message) + "\n");
  WriteField("job file", run.job_file, sink);
  WriteField("gateway", PlaceText(run), sink);
  WriteField("submitted", SubmittedText(run), sink);
  WriteField("tags", Joined(run.tags), sink);
  WriteParameters(run, sink);
}

std::string CellTitle(const CellRecord& cell, const TextLook& look) {
  std::string name = PlainLine(cell.name);
  if (cell.kind == CellKind::kParameters) name = "parameters";
  return fmt::format("[{}]{}{}  {}{}\n", cell.index, name.empty() ? "" : " ", name,
                     ColouredState(cell.state, cell.reason, look),
                     cell.duration ? "  " + FormatElapsed(*cell.duration) : "");
}

void WriteSource(const std::string& source, const TextLook& look, const TextSink& sink) {
  const std::string gutter = Coloured("  |", "\x1b[2m", look);
  for (const std::string_view line : SplitLines(source)) {
    sink(gutter + (line.empty() ? "" : " ") + TerminalView(line, Colours::kStrip) + "\n");
  }
}

void WriteCell(const Store& store, const RunRecord& run, const CellRecord& cell,
               const TextLook& look, const TextSink& sink) {
  sink("\n" + CellTitle(cell, look));
  WriteSource(cell.source, look, sink);
  OutputText text(look.colours ? Colours::kKeep : Colours::kStrip, sink);
  bool shows_error = false;
  for (const OutputRecord& output : FindOutputs(store, run.id, run.attempt, cell.index)) {
    shows_error = shows_error || output.body.value("output_type", "") == "error";
    text.TakeRecord(output);
  }
  text.Finish();
  if (!cell.message.empty() && !shows_error) sink("  ! " + PlainLine(cell.message) + "\n");
  for (const EventRecord& event : cell.events) {
    sink(fmt::format("  ! {}{}\n", ToWord(event.kind),
                     event.detail.empty() ? "" : ": " + PlainLine(event.detail)));
  }
}

}  // namespace

void WriteRunText(const Store& store, const RunRecord& run, const TextLook& look,
                  const TextSink& sink) {
  WriteRunText(store, run, FindCells(store, run.id, run.attempt), look, sink);
}

void WriteRunText(const Store& store, const RunRecord& run, const std::vector<CellRecord>& cells,
                  const TextLook& look, const TextSink& sink) {
  WriteHeader(run, look, sink);
  for (const CellRecord& cell : cells) WriteCell(store, run, cell, look, sink);
}

}  // namespace cellar
