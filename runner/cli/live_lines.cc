#include "runner/cli/live_lines.h"

#include <fmt/format.h>

#include "runner/review/terminal_text.h"

namespace cellar {

void LiveLines::Show(const std::vector<std::string>& lines) {
  if (!out_.is_terminal() || lines == shown_) return;
  Hide();
  for (const std::string& line : lines) {
    out_.Write(FitColumns(PlainLine(line), out_.columns() - 1) + "\n");
  }
  shown_ = lines;
}

void LiveLines::Hide() {
  if (!shown_.empty()) out_.Write(fmt::format("\x1b[{}A\r\x1b[J", shown_.size()));
  shown_.clear();
}

}  // namespace cellar
