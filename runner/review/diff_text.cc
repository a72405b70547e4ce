#include "runner/review/diff_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runner/review/json_dump.h"
#include "runner/review/terminal_colours.h"
#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

template <typename State, typename Reason>
std::string StateText(State state, const std::optional<Reason>& reason) {
  std::string text(ToWord(state));
  if (reason) text += fmt::format(": {}", ToWord(*reason));
  return text;
}

std::string NameInDiff(const CellDiff& diff) {
  const CellRecord& cell = diff.after ? *diff.after : *diff.before;
  std::string index = fmt::format("[{}]", cell.index);
  if (diff.before && diff.after && diff.before->index != diff.after->index) {
    index = fmt::format("[{}→{}]", diff.before->index, diff.after->index);
  }
  const std::string name = cell.kind == CellKind::kParameters ? "parameters" : PlainLine(cell.name);
  return name.empty() ? index : index + " " + name;
}

std::string RatioText(const std::optional<Millis>& before, const std::optional<Millis>& after) {
  const auto ratio = DurationRatio(before, after);
  if (!ratio) return "";
  return *ratio < 10 ? fmt::format("×{:.2f}", *ratio) : fmt::format("×{:.0f}", *ratio);
}

std::string WhatDiffers(const CellDiff& diff, const RunDiff& runs) {
  if (!diff.before) return fmt::format("only in run {}", runs.after.id.value);
  if (!diff.after) return fmt::format("only in run {}", runs.before.id.value);
  std::vector<std::string> parts;
  if (diff.has_other_state) parts.emplace_back("state");
  if (!diff.source.empty()) parts.emplace_back("source");
  if (!diff.outputs.empty()) parts.emplace_back("outputs");
  return fmt::format("{}", fmt::join(parts, ", "));
}

TableRow DiffRow(const CellDiff& diff, const RunDiff& runs, const TextLook& look) {
  const auto& before = diff.before;
  const auto& after = diff.after;
  const auto none = std::optional<Millis>();
  return {NameInDiff(diff),
          before ? StateText(before->state, before->reason) : "-",
          after ? StateText(after->state, after->reason) : "-",
          ElapsedText(before ? before->duration : none),
          ElapsedText(after ? after->duration : none),
          RatioText(before ? before->duration : none, after ? after->duration : none),
          {WhatDiffers(diff, runs), look.colours ? kYellow : nullptr}};
}

std::string DiffTable(const RunDiff& diff, const TextLook& look) {
  const std::string before = fmt::format("RUN {}", diff.before.id.value);
  const std::string after = fmt::format("RUN {}", diff.after.id.value);
  const std::vector<TableColumn> columns{
      {"CELL"}, {before}, {after}, {"TIME", true}, {"TIME", true}, {"RATIO", true}, {"DIFFERS"}};
  std::vector<TableRow> rows;
  for (const CellDiff& cell : diff.cells) rows.push_back(DiffRow(cell, diff, look));
  if (rows.empty()) return "";
  return "\n" + TextTable(columns, std::move(rows), look.columns,
                          {{3, 0}, {4, 0}, {5, 0}, {0, 12}, {1, 9}, {2, 9}, {6, 8}});
}

std::string DiffHeader(const RunRecord& run) {
  return fmt::format("run {}  {}  {}  {}{}\n", run.id.value, PlainLine(run.job),
                     StateText(run.state, run.reason), FormatLocal(run.submitted_at),
                     run.duration ? "  " + FormatElapsed(*run.duration) : "");
}

/// A line of a difference, which a job may have written: nothing in it is obeyed.
std::string DiffLine(const std::string& line, const TextLook& look) {
  const std::string safe = TerminalView(line, Colours::kStrip);
  const char* colour = line.starts_with("@@") ? kCyan
                       : line.front() == '-'  ? kRed
                       : line.front() == '+'  ? kGreen
                                              : nullptr;
  if (!look.colours || colour == nullptr) return safe + "\n";
  return colour + safe + "\x1b[0m\n";
}

std::string Section(const std::string& title, const std::vector<std::string>& lines,
                    const TextLook& look) {
  if (lines.empty()) return "";
  std::string text = "\n" + title + "\n";
  for (const std::string& line : lines) text += DiffLine(line, look);
  return text;
}

std::vector<std::string> ParameterLines(const std::vector<ParameterDiff>& diffs) {
  std::vector<std::string> lines;
  for (const ParameterDiff& diff : diffs) {
    const std::string name = PlainLine(diff.name);
    if (diff.before) lines.push_back(fmt::format("-{} = {}", name, DumpJson(*diff.before)));
    if (diff.after) lines.push_back(fmt::format("+{} = {}", name, DumpJson(*diff.after)));
  }
  return lines;
}

}  // namespace

std::string DiffText(const RunDiff& diff, const TextLook& look) {
  std::string text = DiffHeader(diff.before) + DiffHeader(diff.after);
  text += Section("parameters", ParameterLines(diff.parameters), look);
  text += DiffTable(diff, look);
  for (const CellDiff& cell : diff.cells) {
    text += Section(NameInDiff(cell) + " source", cell.source, look);
    text += Section(NameInDiff(cell) + " outputs", cell.outputs, look);
  }
  if (diff.IsSame()) text += "\nno difference\n";
  return text;
}

}  // namespace cellar
