// The lines of a terminal that a cursor can still reach, changed as the parsed text says; lines out
// of reach are given out. Pure.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runner/review/screen_line.h"
#include "runner/review/terminal_parser.h"
#include "runner/review/text_sink.h"

namespace cellar {

class TerminalScreen : public TerminalEvents {
 public:
  TerminalScreen(bool with_colours, TextSink sink);

  void Print(std::string_view ascii) override;
  void Print(char32_t character) override;
  void Control(char control) override;
  void Sequence(std::string_view parameters, char final) override;

  /// See TerminalText.
  void EmitSettled();
  std::vector<std::string> Held(int most) const;
  void Finish();
  /// Hands what was given out to the sink.
  void Flush();

 private:
  ScreenLine& line() { return lines_[row_]; }
  int line_width() const { return lines_[row_].width(); }
  void NewLine();
  void Tab();
  void MoveRows(int count);
  void MoveTo(int column);
  void EraseInLine(int mode);
  void EraseBelow();
  /// The line has no room left: what stands before the cursor is given out, and the line begins
  /// anew behind it.
  void BreakLine();
  /// Gives the first line out and takes it off; its memory can be used again.
  ScreenLine EmitFirst(bool with_line_end);

  bool with_colours_;
  TextSink sink_;
  std::string out_;  // given out, not yet in the sink
  std::deque<ScreenLine> lines_;
  std::size_t row_ = 0;
  int column_ = 0;
  TextStyle style_;
  bool has_moved_up_ = false;
};

}  // namespace cellar
