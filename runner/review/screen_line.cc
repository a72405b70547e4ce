#include "runner/review/screen_line.h"

#include <utf8.h>

#include <algorithm>
#include <iterator>

namespace cellar {
namespace {

constexpr std::size_t kMostMarks = 16;  // on one character

void AppendUtf8(char32_t character, std::string* text) {
  if (character < 0x80) {
    text->push_back(static_cast<char>(character));
  } else {
    utf8::append(character, std::back_inserter(*text));
  }
}

}  // namespace

int ScreenLine::width() const {
  return static_cast<int>(is_plain_ ? plain_.size() : cells_.size());
}

void ScreenLine::UseCells() {
  if (!is_plain_) return;
  is_plain_ = false;
  cells_.resize(plain_.size());
  for (std::size_t i = 0; i < plain_.size(); ++i) {
    cells_[i].character = static_cast<char32_t>(plain_[i]);
  }
  plain_.clear();
}

void ScreenLine::Reach(int column) {
  const auto size = static_cast<std::size_t>(column);
  if (is_plain_ && plain_.size() < size) plain_.resize(size, ' ');
  if (!is_plain_ && cells_.size() < size) cells_.resize(size);
}

void ScreenLine::Split(int column) {
  const auto at = static_cast<std::size_t>(column);
  if (at == 0 || at >= cells_.size() || cells_[at].character != 0) return;
  cells_[at - 1].character = U' ';
  cells_[at].character = U' ';
}

ScreenLine::Cell* ScreenLine::Take(int column, int width) {
  UseCells();
  Reach(column);
  Split(column);
  Split(column + width);
  Reach(column + width);
  return &cells_[static_cast<std::size_t>(column)];
}

void ScreenLine::Write(int column, std::string_view ascii, const TextStyle& style) {
  if (CanStayPlain(style)) {
    Reach(column);
    const auto at = static_cast<std::size_t>(column);
    plain_.replace(at, std::min(ascii.size(), plain_.size() - at), ascii);
    return;
  }
  Cell* cell = Take(column, static_cast<int>(ascii.size()));
  for (const char c : ascii) *cell++ = Cell{static_cast<char32_t>(c), style, nullptr};
}

void ScreenLine::Write(int column, char32_t character, int width, const TextStyle& style) {
  Cell* cell = Take(column, width);
  cell[0] = Cell{character, style, nullptr};
  if (width == 2) cell[1] = Cell{0, style, nullptr};
}

void ScreenLine::Combine(int column, char32_t mark) {
  UseCells();
  Reach(std::max(column, 1));
  auto at = static_cast<std::size_t>(std::max(column, 1) - 1);
  if (cells_[at].character == 0 && at > 0) --at;
  auto& marks = cells_[at].marks;
  if (!marks) marks = std::make_unique<std::u32string>();
  if (marks->size() < kMostMarks) marks->push_back(mark);
}

void ScreenLine::EraseFrom(int column) {
  const auto size = static_cast<std::size_t>(column);
  Split(column);
  if (is_plain_ && plain_.size() > size) plain_.resize(size);
  if (!is_plain_ && cells_.size() > size) cells_.resize(size);
}

void ScreenLine::EraseBefore(int column) {
  Write(0, std::string(static_cast<std::size_t>(std::min(column, width())), ' '), TextStyle());
}

void ScreenLine::Delete(int column, int count) {
  if (column >= width()) return;
  const int end = std::min(column + count, width());
  UseCells();
  Split(column);
  Split(end);
  cells_.erase(cells_.begin() + column, cells_.begin() + end);
}

void ScreenLine::Clear() {
  is_plain_ = true;
  plain_.clear();
  cells_.clear();
}

bool ScreenLine::IsBlank() const {
  const auto is_space = [](const Cell& cell) { return cell.character == U' ' && !cell.marks; };
  return is_plain_ ? plain_.find_first_not_of(' ') == std::string::npos
                   : std::all_of(cells_.begin(), cells_.end(), is_space);
}

std::string ScreenLine::Text(bool with_colours) const {
  std::string text;
  AppendTo(&text, with_colours);
  return text;
}

void ScreenLine::AppendTo(std::string* text, bool with_colours) const {
  if (is_plain_) {
    text->append(plain_);
    return;
  }
  TextStyle now;
  for (const Cell& cell : cells_) {
    if (with_colours && cell.style != now) {
      text->append(cell.style.Sequence());
      now = cell.style;
    }
    if (cell.character != 0) AppendUtf8(cell.character, text);
    if (!cell.marks) continue;
    for (const char32_t mark : *cell.marks) AppendUtf8(mark, text);
  }
  if (with_colours && now != TextStyle()) text->append("\x1b[0m");
}

}  // namespace cellar
