// Outputs as the text that somebody would have seen in a terminal. What has no text is named: its
// type and size.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runner/review/terminal_text.h"
#include "store/records.h"

namespace cellar {

/// An nbformat output other than a stream, as the kernel sent it: control sequences and all.
std::string RawTextOf(const nlohmann::ordered_json& output);

/// The outputs of one cell after the other, in pieces. Adjacent streams share a screen, as they do
/// in a terminal; any other output has its own.
class OutputText {
 public:
  OutputText(Colours colours, TextSink sink);

  void TakeStream(std::string_view text);
  /// Any nbformat output other than a stream.
  void TakeOutput(const nlohmann::ordered_json& output);
  /// A stored output of any type; where the limit cut something out, that is said.
  void TakeRecord(const OutputRecord& output);

  /// See TerminalText.
  void EmitSettled() { view_.EmitSettled(); }
  std::vector<std::string> Held(int most) const { return view_.Held(most); }

  /// Gives out all of it, with a line end.
  void Finish();

 private:
  bool at_line_start_ = true;  // of what was given out
  TextSink sink_;
  TerminalText view_;
};

}  // namespace cellar
