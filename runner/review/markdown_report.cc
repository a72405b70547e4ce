#include "runner/review/markdown_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "runner/review/base64.h"
#include "runner/review/json_dump.h"
#include "runner/review/markdown_text.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/output_text.h"
#include "runner/review/run_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

template <typename State, typename Reason>
std::string StateMarkdown(State state, const std::optional<Reason>& reason) {
  std::string text(ToWord(state));
  return reason ? text + " (" + std::string(ToWord(*reason)) + ")" : text;
}

std::string TitleMarkdown(const CellRecord& cell) {
  const std::string name = cell.kind == CellKind::kParameters ? "parameters" : cell.name;
  return fmt::format("\\[{}\\]{}{}", cell.index, name.empty() ? "" : " ", EscapeMarkdown(name));
}

std::string HeaderText(const RunRecord& run) {
  std::string text = fmt::format("# {}: {}\n\n", EscapeMarkdown(run.job),
                                 EscapeMarkdown(StateMarkdown(run.state, run.reason)));
  text += fmt::format("Run {}, submitted {}", run.id.value, FormatUtc(run.submitted_at));
  if (run.duration) text += ", " + FormatElapsed(*run.duration);
  if (!run.kernelspec.empty()) text += ", kernel " + EscapeMarkdown(run.kernelspec);
  if (!run.gateway.empty()) text += " on " + EscapeMarkdown(run.gateway);
  text += ".\n";
  if (!run.message.empty()) text += "\n**" + EscapeMarkdown(run.message) + "**\n";
  if (!run.job_file.empty()) text += "\n- job file: " + CodeSpan(run.job_file) + "\n";
  for (const auto& [key, value] : run.parameters.items()) {
    text += "- " + CodeSpan(key + " = " + DumpJson(value)) + "\n";
  }
  return text;
}

std::string CellsTable(const std::vector<CellRecord>& cells) {
  if (cells.empty()) return "";
  std::string text = "\n| cell | state | time |\n|---|---|---:|\n";
  for (const CellRecord& cell : cells) {
    text += fmt::format("| {} | {} | {} |\n", TitleMarkdown(cell),
                        EscapeMarkdown(StateMarkdown(cell.state, cell.reason)),
                        cell.duration ? FormatElapsed(*cell.duration) : "");
  }
  return text;
}

/// `![…](data:…)`; empty where the bundle has no picture that a reader would show.
std::string PictureText(const Json& data, const std::string& label) {
  const std::string type = TypeToShow(data);
  if (type == "image/svg+xml") {
    return fmt::format("![{}](data:{};base64,{})\n", label, type,
                       EncodeBase64(TextOfValue(data.at(type))));
  }
  if (type != "image/png" && type != "image/jpeg" && type != "image/gif" && type != "image/webp") {
    return "";
  }
  const auto bytes = DecodeBase64(TextOfValue(data.at(type)));
  return bytes ? fmt::format("![{}](data:{};base64,{})\n", label, type, EncodeBase64(*bytes)) : "";
}

std::string OutputMarkdown(const OutputRecord& output, int cell) {
  const auto data = output.body.find("data");
  if (data != output.body.end() && data->is_object()) {
    const std::string picture =
        PictureText(*data, fmt::format("output {} of cell {}", output.number, cell));
    if (!picture.empty()) return "\n" + picture;
  }
  std::string text;
  OutputText view(Colours::kStrip, [&](std::string_view piece) { text.append(piece); });
  view.TakeRecord(output);
  view.Finish();
  return text.empty() ? "" : "\n" + FencedBlock(text, "text");
}

std::string EventsText(const CellRecord& cell) {
  std::string text;
  for (const EventRecord& event : cell.events) {
    text += fmt::format("\n> {}{}\n", EscapeMarkdown(ToWord(event.kind)),
                        event.detail.empty() ? "" : ": " + EscapeMarkdown(event.detail));
  }
  return text;
}

void WriteCellMarkdown(const Store& store, const RunRecord& run, const CellRecord& cell,
                       const std::string& language, const TextSink& sink) {
  sink(fmt::format("\n## {}: {}\n\n", TitleMarkdown(cell),
                   EscapeMarkdown(StateMarkdown(cell.state, cell.reason))));
  sink(FencedBlock(cell.source, language));
  bool shows_error = false;
  for (const OutputRecord& output : FindOutputs(store, run.id, run.attempt, cell.index)) {
    shows_error = shows_error || output.body.value("output_type", "") == "error";
    sink(OutputMarkdown(output, cell.index));
  }
  if (!cell.message.empty() && !shows_error) sink("\n> " + EscapeMarkdown(cell.message) + "\n");
  sink(EventsText(cell));
}

/// The word behind a fence; nothing that a job could have made up.
std::string FenceWord(const Store& store, const RunRecord& run) {
  const std::optional<Job> job = JobOfRun(store, run.id);
  std::string language = job && !job->language.empty() ? job->language : run.kernelspec;
  if (language.rfind("python", 0) == 0) return "python";
  if (language == "ir" || language == "r") return "r";
  return language == "julia" || language == "bash" || language == "javascript" ? language : "";
}

}  // namespace

void WriteMarkdownReport(const Store& store, const RunRecord& run, const TextSink& sink) {
  const std::vector<CellRecord> cells = FindCells(store, run.id, run.attempt);
  const std::string language = FenceWord(store, run);
  sink(HeaderText(run) + CellsTable(cells));
  for (const CellRecord& cell : cells) WriteCellMarkdown(store, run, cell, language, sink);
}

std::string MarkdownSummary(const Store& store, const RunRecord& run, std::size_t most) {
  std::string text = HeaderText(run) + CellsTable(FindCells(store, run.id, run.attempt));
  std::string failure;
  WriteFailureText(store, run, {}, [&](std::string_view piece) { failure.append(piece); });
  if (!failure.empty()) text += "\n" + FencedBlock(failure, "text");
  if (text.size() <= most) return text;
  return fmt::format("# {}: {}\n\nRun {}: too large for a summary: `cellar show {}`\n",
                     EscapeMarkdown(run.job), EscapeMarkdown(StateMarkdown(run.state, run.reason)),
                     run.id.value, run.id.value);
}

}  // namespace cellar
