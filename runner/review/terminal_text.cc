#include "runner/review/terminal_text.h"

#include <utf8.h>

#include <iterator>
#include <utility>

#include "runner/review/character_width.h"
#include "runner/review/terminal_screen.h"

namespace cellar {
namespace {

/// Only what can be shown, on one line.
class LineCollector : public TerminalEvents {
 public:
  void Print(std::string_view ascii) override { text.append(ascii); }
  void Print(char32_t character) override { utf8::append(character, std::back_inserter(text)); }
  void Control(char control) override {
    if (control >= '\b' && control <= '\r') text.push_back(' ');
  }
  void Sequence(std::string_view, char) override {}

  std::string text;
};

}  // namespace

struct TerminalText::Impl {
  Impl(Colours colours, TextSink sink)
      : screen(colours == Colours::kKeep, std::move(sink)), parser(screen) {}

  TerminalScreen screen;
  TerminalParser parser;
};

TerminalText::TerminalText(Colours colours, TextSink sink)
    : impl_(std::make_unique<Impl>(colours, std::move(sink))) {}

TerminalText::~TerminalText() = default;

void TerminalText::Feed(std::string_view bytes) {
  impl_->parser.Feed(bytes);
  impl_->screen.Flush();
}

void TerminalText::EmitSettled() { impl_->screen.EmitSettled(); }

std::vector<std::string> TerminalText::Held(int most) const { return impl_->screen.Held(most); }

void TerminalText::Finish() {
  impl_->parser.Finish();
  impl_->screen.Finish();
}

std::string TerminalView(std::string_view text, Colours colours) {
  std::string view;
  TerminalText terminal(colours, [&](std::string_view piece) { view.append(piece); });
  terminal.Feed(text);
  terminal.Finish();
  return view;
}

std::string PlainLine(std::string_view text) {
  LineCollector line;
  TerminalParser parser(line);
  parser.Feed(text);
  parser.Finish();
  return std::move(line.text);
}

int TextWidth(const std::string& text) {
  int width = 0;
  for (auto at = text.begin(); at != text.end();) {
    width += CharacterWidth(utf8::next(at, text.end()));
  }
  return width;
}

std::string FitColumns(const std::string& text, int columns) {
  int used = 0;
  auto fits_to = text.begin();  // with room for the ellipsis
  for (auto at = text.begin(); at != text.end();) {
    if (used < columns) fits_to = at;
    used += CharacterWidth(utf8::next(at, text.end()));
    if (used > columns) return std::string(text.begin(), fits_to) + "…";
  }
  return text;
}

}  // namespace cellar
