#include "runner/review/terminal_screen.h"

#include <algorithm>
#include <utility>

#include "runner/review/character_width.h"

namespace cellar {
namespace {

constexpr std::size_t kReach = 64;     // lines, as a large window has
constexpr int kMostColumns = 4096;     // of one line
constexpr int kFarthestMove = 512;     // by a cursor movement, behind the end of a line
constexpr std::size_t kPiece = 65536;  // bytes handed to the sink at once

/// The first parameter; where it is missing or 0, `otherwise`.
int FirstParameter(std::string_view parameters, int otherwise) {
  int number = 0;
  for (const char c : parameters) {
    if (c < '0' || c > '9') break;
    number = std::min(number * 10 + (c - '0'), kMostColumns);
  }
  return number == 0 ? otherwise : number;
}

}  // namespace

TerminalScreen::TerminalScreen(bool with_colours, TextSink sink)
    : with_colours_(with_colours), sink_(std::move(sink)), lines_(1) {}

void TerminalScreen::Print(std::string_view ascii) {
  while (!ascii.empty()) {
    if (column_ >= kMostColumns) BreakLine();
    const auto room = static_cast<std::size_t>(kMostColumns - column_);
    const std::string_view piece = ascii.substr(0, room);
    line().Write(column_, piece, style_);
    column_ += static_cast<int>(piece.size());
    ascii.remove_prefix(piece.size());
  }
}

void TerminalScreen::Print(char32_t character) {
  const int width = CharacterWidth(character);
  if (width == 0) {
    line().Combine(column_, character);
    column_ = std::max(column_, 1);
    return;
  }
  if (column_ + width > kMostColumns) BreakLine();
  line().Write(column_, character, width, style_);
  column_ += width;
}

void TerminalScreen::Control(char control) {
  switch (control) {
    case '\n':
    case '\v':
    case '\f':
      NewLine();
      break;
    case '\r':
      column_ = 0;
      break;
    case '\b':
      column_ = std::max(column_ - 1, 0);
      break;
    case '\t':
      Tab();
      break;
    default:
      break;
  }
}

void TerminalScreen::Sequence(std::string_view parameters, char final) {
  const int count = FirstParameter(parameters, 1);
  switch (final) {
    case 'A':
    case 'F':
      MoveRows(-count);
      if (final == 'F') column_ = 0;
      break;
    case 'B':
    case 'E':
      MoveRows(count);
      if (final == 'E') column_ = 0;
      break;
    case 'C':
      MoveTo(column_ + count);
      break;
    case 'D':
      column_ = std::max(column_ - count, 0);
      break;
    case 'G':
      MoveTo(count - 1);
      break;
    case 'J':  // erasing the whole screen would take history away: only what is below goes
      if (FirstParameter(parameters, 0) == 0) EraseBelow();
      break;
    case 'K':
      EraseInLine(FirstParameter(parameters, 0));
      break;
    case 'P':
      line().Delete(column_, count);
      break;
    case 'm':
      if (with_colours_) style_.Apply(parameters);
      break;
    default:
      break;
  }
}

/// As a terminal shows what a program writes: its driver makes CR LF of LF.
void TerminalScreen::NewLine() {
  column_ = 0;
  if (++row_ < lines_.size()) return;
  if (lines_.size() < kReach) {
    lines_.emplace_back();
    return;
  }
  lines_.push_back(EmitFirst(true));
  lines_.back().Clear();
}

void TerminalScreen::Tab() {
  constexpr int kStop = 8;
  const int stop = (column_ / kStop + 1) * kStop;
  if (column_ >= line_width()) {
    Print(std::string_view("        ").substr(0, static_cast<std::size_t>(stop - column_)));
  } else {
    MoveTo(stop);
  }
}

void TerminalScreen::MoveRows(int count) {
  has_moved_up_ = has_moved_up_ || count < 0;
  const int last = static_cast<int>(lines_.size()) - 1;
  row_ = static_cast<std::size_t>(std::clamp(static_cast<int>(row_) + count, 0, last));
}

void TerminalScreen::MoveTo(int column) {
  column_ = std::min(column, std::max({column_, line_width(), kFarthestMove}));
}

void TerminalScreen::EraseInLine(int mode) {
  if (mode == 0) line().EraseFrom(column_);
  if (mode == 1) line().EraseBefore(column_ + 1);
  if (mode == 2) line().Clear();
}

void TerminalScreen::EraseBelow() {
  line().EraseFrom(column_);
  lines_.resize(row_ + 1);
}

void TerminalScreen::BreakLine() {
  while (row_ > 0) EmitFirst(true);
  lines_.front().AppendTo(&out_, with_colours_);
  lines_.front().Clear();
  column_ = 0;
}

ScreenLine TerminalScreen::EmitFirst(bool with_line_end) {
  lines_.front().AppendTo(&out_, with_colours_);
  if (with_line_end) out_.push_back('\n');
  ScreenLine first = std::move(lines_.front());
  lines_.pop_front();
  if (row_ > 0) --row_;
  if (out_.size() >= kPiece) Flush();
  return first;
}

void TerminalScreen::Flush() {
  if (!out_.empty()) sink_(out_);
  out_.clear();
}

void TerminalScreen::EmitSettled() {
  if (has_moved_up_) return;
  while (lines_.size() > 1) EmitFirst(true);
  Flush();
}

std::vector<std::string> TerminalScreen::Held(int most) const {
  std::size_t end = lines_.size();
  while (end > 0 && lines_[end - 1].IsBlank()) --end;
  std::vector<std::string> held;
  for (std::size_t i = end - std::min(end, static_cast<std::size_t>(most)); i < end; ++i) {
    held.push_back(lines_[i].Text(with_colours_));
  }
  return held;
}

void TerminalScreen::Finish() {
  while (lines_.size() > row_ + 1 && lines_.back().IsBlank()) lines_.pop_back();
  while (lines_.size() > 1) EmitFirst(true);
  EmitFirst(false);
  Flush();
  lines_.clear();
  lines_.emplace_back();
  row_ = 0;
  column_ = 0;
  style_ = TextStyle();
  has_moved_up_ = false;
}

}  // namespace cellar
