#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "jobs/source_text.h"
#include "runner/review/cell_failure.h"
#include "runner/review/output_text.h"
#include "runner/review/run_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

constexpr int kLinesAround = 5;         // of source, on both sides of the failing one
constexpr int kFirstLines = 12;         // of source, when the failing one is not known
constexpr std::size_t kLastLines = 10;  // of output
constexpr std::size_t kTracebackLines = 60;
constexpr std::size_t kLongLine = 2000;  // bytes, colours and all
constexpr int kShownColumns = 500;       // of a longer one

/// A line as it is, or the beginning of one that would flood a mail.
std::string Shortened(std::string_view line) {
  if (line.size() <= kLongLine) return std::string(line);
  return FitColumns(TerminalView(line, Colours::kStrip), kShownColumns);
}

/// Of the UTF-8 character that is at, or goes on at, `position`.
std::size_t BeginOfCharacter(std::string_view text, std::size_t position) {
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80) --position;
  return position;
}

/// The end of a text that comes in pieces.
class Tail {
 public:
  void Take(std::string_view text) {
    constexpr std::size_t kMost = 64 * 1024;
    kept_.append(text);
    if (kept_.size() <= 2 * kMost) return;
    const std::size_t line_end = kept_.find('\n', kept_.size() - kMost);
    const bool is_rest = line_end != std::string::npos && line_end + 1 < kept_.size();
    kept_.erase(0, is_rest ? line_end + 1 : BeginOfCharacter(kept_, kept_.size() - kMost));
    is_cut_ = true;
  }

  /// The last lines, each indented; before them "…" when there were more.
  std::string Lines(std::size_t most) const {
    const auto lines = SplitLines(kept_);
    const std::size_t first = lines.size() - std::min(lines.size(), most);
    std::string text = first > 0 || is_cut_ ? "  …\n" : "";
    for (std::size_t i = first; i < lines.size(); ++i) {
      text += fmt::format("  {}\n", Shortened(lines[i]));
    }
    return text;
  }

  bool empty() const { return kept_.empty(); }

 private:
  std::string kept_;
  bool is_cut_ = false;
};

/// The source around the failing line (in the source, from 1), numbered as in its file.
std::string SourceText(const CellRecord& cell, std::optional<int> failing) {
  const auto lines = SplitLines(cell.source);
  const int count = static_cast<int>(lines.size());
  const int first = failing ? std::max(1, *failing - kLinesAround) : 1;
  const int last = std::min(count, failing ? *failing + kLinesAround : kFirstLines);
  const int offset = cell.file.empty() ? 0 : cell.line - 1;
  std::string text = first > 1 ? "       …\n" : "";
  for (int line = first; line <= last; ++line) {
    const std::string_view code = lines[static_cast<std::size_t>(line - 1)];
    text += fmt::format("  {} {:>4} |{}{}\n", line == failing ? '>' : ' ', line + offset,
                        code.empty() ? "" : " ", Shortened(TerminalView(code, Colours::kStrip)));
  }
  return last < count ? text + "       …\n" : text;
}

/// The end of what the cell put out beside its error.
Tail OutputOf(const std::vector<OutputRecord>& outputs, Colours colours) {
  Tail tail;
  OutputText text(colours, [&](std::string_view piece) { tail.Take(piece); });
  for (const OutputRecord& output : outputs) {
    if (output.body.value("output_type", "") != "error") text.TakeRecord(output);
  }
  text.Finish();
  return tail;
}

std::string FailurePlace(const CellRecord& cell, const CellFailure& failure) {
  std::string place = fmt::format("cell {}", cell.index);
  if (!cell.name.empty()) place += fmt::format(" ({})", PlainLine(cell.name));
  if (cell.file.empty()) return place;
  return place + fmt::format(", {}:{}", PlainLine(cell.file), FailingFileLine(cell, failure));
}

void WriteFailingCell(const Store& store, const RunRecord& run, const CellRecord& cell,
                      const TextLook& look, const TextSink& sink) {
  const Colours colours = look.colours ? Colours::kKeep : Colours::kStrip;
  const auto outputs = FindOutputs(store, run.id, run.attempt, cell.index);
  const CellFailure failure = FailureOf(cell, outputs);
  sink(fmt::format("\n{}\n", FailurePlace(cell, failure)));
  sink(SourceText(cell, failure.line));
  if (!failure.traceback.empty()) {
    Tail traceback;
    traceback.Take(TerminalView(failure.traceback, colours));
    sink("\ntraceback\n" + traceback.Lines(kTracebackLines));
  } else if (!cell.message.empty()) {
    sink("\n  " + PlainLine(cell.message) + "\n");
  }
  const Tail output = OutputOf(outputs, colours);
  if (!output.empty()) sink("\nlast output\n" + output.Lines(kLastLines));
}

}  // namespace

void WriteFailureText(const Store& store, const RunRecord& run, const TextLook& look,
                      const TextSink& sink) {
  if (run.state == RunState::kSucceeded) return;
  std::string state(ToWord(run.state));
  if (run.reason) state += fmt::format(" ({})", ToWord(*run.reason));
  if (look.colours) state = "\x1b[1;31m" + state + "\x1b[0m";
  sink(fmt::format("run {}  {}  {}{}\n", run.id.value, PlainLine(run.job), state,
                   run.duration ? "  " + FormatElapsed(*run.duration) : ""));
  if (!run.message.empty()) sink(PlainLine(run.message) + "\n");
  const std::vector<CellRecord> cells = FindCells(store, run.id, run.attempt);
  if (const CellRecord* cell = CellToBlame(cells)) WriteFailingCell(store, run, *cell, look, sink);
  const auto failed = std::count_if(cells.begin(), cells.end(), [](const CellRecord& cell) {
    return cell.state == CellState::kFailed;
  });
  if (failed > 1) sink(fmt::format("\n{} more failed\n", failed - 1));
  const std::string store_flag = look.store_flag.empty() ? "" : " --store " + look.store_flag;
  sink(fmt::format("\nall of it: cellar show {}{}\n", run.id.value, store_flag));
}

}  // namespace cellar
