#include "runner/review/runs_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

enum Column { kRun, kJob, kState, kSubmitted, kDuration, kMessage, kColumnCount };
using Row = std::array<std::string, kColumnCount>;
using Widths = std::array<int, kColumnCount>;

constexpr int kGap = 2;
constexpr int kShortTime = 11;  // "11-23 03:31"

Row RowOf(const RunRecord& run) {
  std::string state(ToWord(run.state));
  if (run.reason) state += ": " + std::string(ToWord(*run.reason));
  return {std::to_string(run.id.value),
          PlainLine(run.job),
          std::move(state),
          FormatLocal(run.submitted_at),
          run.duration ? FormatElapsed(*run.duration) : "",
          PlainLine(run.message)};
}

Widths NaturalWidths(const std::vector<Row>& rows) {
  Widths widths{};
  for (const Row& row : rows) {
    for (int column = 0; column < kColumnCount; ++column) {
      widths[column] = std::max(widths[column], TextWidth(row[column]));
    }
  }
  return widths;
}

/// Takes from the columns that can give until the table fits: the message first, then the year and
/// the seconds, the job's name, the reason.
void Fit(int columns, Widths* widths) {
  const auto excess = [&] {
    int used = 0;
    for (const int width : *widths) used += width > 0 ? width + kGap : 0;
    return used - kGap - columns;
  };
  const auto shrink = [&](Column column, int least) {
    int& width = (*widths)[column];
    if (excess() > 0 && width > least) width = std::max(least, width - excess());
  };
  constexpr int kLeastMessage = 20;
  shrink(kMessage, kLeastMessage);
  if (excess() > 0) (*widths)[kMessage] = 0;
  if (excess() > 0) (*widths)[kSubmitted] = kShortTime;
  shrink(kJob, 8);
  shrink(kState, 9);
  shrink(kJob, 1);
}

bool IsRightAligned(int column) { return column == kRun || column == kDuration; }

const char* ColourOf(const RunRecord& run) {
  if (run.state == RunState::kFailed) return "\x1b[31m";
  return run.state == RunState::kSucceeded ? "\x1b[32m" : "\x1b[33m";
}

std::string Line(const Row& row, const Widths& widths, const char* state_colour) {
  std::string line;
  for (int column = 0; column < kColumnCount; ++column) {
    if (widths[column] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    std::string text = row[column];
    if (column == kSubmitted && widths[column] == kShortTime && text.size() > kShortTime) {
      text = text.substr(5, kShortTime);
    }
    text = FitColumns(text, widths[column]);
    const std::string space(static_cast<std::size_t>(widths[column] - TextWidth(text)), ' ');
    if (column == kState && state_colour != nullptr) {
      text = fmt::format("{}{}\x1b[0m", state_colour, text);
    }
    line += IsRightAligned(column) ? space + text : text + space;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string RunsTable(const std::vector<RunRecord>& runs, const TextLook& look) {
  std::vector<Row> rows{{"RUN", "JOB", "STATE", "SUBMITTED", "TIME", "MESSAGE"}};
  for (const RunRecord& run : runs) rows.push_back(RowOf(run));
  Widths widths = NaturalWidths(rows);
  if (look.columns > 0) Fit(look.columns, &widths);
  std::string table = Line(rows.front(), widths, nullptr);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    table += Line(rows[i + 1], widths, look.colours ? ColourOf(runs[i]) : nullptr);
  }
  return table;
}

}  // namespace cellar
