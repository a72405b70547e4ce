// What a terminal would show of a stream of bytes, as plain text: carriage returns, backspaces,
// erasing and moving up are carried out, colours kept or dropped, everything else that a terminal
// might obey (titles, clipboard, links, queries) is taken out. Pure.
// Rules: ECMA-48, and xterm's control sequences; execution-semantics 11.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runner/review/text_sink.h"

namespace cellar {

enum class Colours { kKeep, kStrip };

/// Takes the text in pieces; how it is cut changes nothing. Keeps the lines that a cursor can still
/// reach (the last 64, of up to 4096 columns each) and gives the rest to its sink.
/// What comes out is valid UTF-8 whose only control characters are \n and, where colours are kept,
/// ESC of SGR sequences; each line ends with the colours it began with.
class TerminalText {
 public:
  TerminalText(Colours colours, TextSink sink);
  ~TerminalText();
  TerminalText(const TerminalText&) = delete;
  TerminalText& operator=(const TerminalText&) = delete;

  void Feed(std::string_view bytes);

  /// For following: gives out the lines above the last, unless this text has ever moved up.
  void EmitSettled();
  /// The last lines that are still held, at most `most`, without line ends.
  std::vector<std::string> Held(int most) const;

  /// Gives out what is held, as it stands: no line end is added. Afterwards it is as new.
  void Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All of `text` at once.
std::string TerminalView(std::string_view text, Colours colours);

/// For names and messages within a line of ours: no colours, and every line end, tab and other
/// white space a single space.
std::string PlainLine(std::string_view text);

/// In columns, of a text without control characters.
int TextWidth(const std::string& text);

/// Cuts a text without control characters to `columns`, the last one an ellipsis if need be.
std::string FitColumns(const std::string& text, int columns);

}  // namespace cellar
