// One line of a terminal's screen, written at columns. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runner/review/text_style.h"

namespace cellar {

/// Plain ASCII in default colours, which nearly every line is, stays one string; anything else is
/// kept cell by cell.
class ScreenLine {
 public:
  /// In columns, up to the last one that was written.
  int width() const;

  /// Writes over what stands at `column`; a gap before it is filled with spaces.
  void Write(int column, std::string_view ascii, const TextStyle& style);
  /// `width`: 1 or 2 columns.
  void Write(int column, char32_t character, int width, const TextStyle& style);
  /// Adds a character of no width to the one before `column`.
  void Combine(int column, char32_t mark);

  void EraseFrom(int column);
  /// Writes spaces over the columns before `column`.
  void EraseBefore(int column);
  void Delete(int column, int count);
  void Clear();

  /// True when there is nothing but spaces.
  bool IsBlank() const;
  /// As text, in default colours at its end.
  std::string Text(bool with_colours) const;
  /// The same, added to `text`.
  void AppendTo(std::string* text, bool with_colours) const;

 private:
  struct Cell {
    char32_t character = U' ';  // 0: the right half of a wide one
    TextStyle style;
    std::unique_ptr<std::u32string> marks;  // that stand on it; nearly always none
  };

  bool CanStayPlain(const TextStyle& style) const { return is_plain_ && style == TextStyle(); }
  void UseCells();
  void Reach(int column);
  /// Makes room for `width` columns, whatever stood there before.
  Cell* Take(int column, int width);
  /// Half of a wide character cannot stand: its other half becomes a space.
  void Split(int column);

  bool is_plain_ = true;
  std::string plain_;
  std::vector<Cell> cells_;
};

}  // namespace cellar
