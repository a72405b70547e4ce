#include "jobs/notebook_places.h"

#include <algorithm>
#include <cstddef>

namespace cellar {
namespace {

// Goes over the text once; lines are counted on the way.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<NotebookCellPlace> Scan() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        TakeString();
      } else {
        TakeMark(c);
        Advance();
      }
    }
    return std::move(cells_);
  }

 private:
  void Advance() {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }

  void SkipSpace() {
    while (at_ < text_.size() && Trimmed(text_.substr(at_, 1)).empty()) Advance();
  }

  void TakeMark(char c) {
    if (c == '{' && depth_ == 2 && in_cells_) {
      const auto column = text_.substr(line_start_, at_ - line_start_).size() + 1;
      cells_.push_back({{line_, static_cast<int>(column)}, line_});
    }
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    if (depth_ < 2) in_cells_ = false;
  }

  void TakeString() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    const std::string_view string = text_.substr(begin, at_ - begin);
    at_ = std::min(at_ + 1, text_.size());
    const bool matters =
        (depth_ == 1 && string == "cells") || (depth_ == 3 && in_cells_ && string == "source");
    if (!matters) return;
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != ':') return;  // it was a value
    Advance();
    SkipSpace();
    if (depth_ == 1) {
      TakeCells();
    } else {
      TakeSource();
    }
  }

  void TakeCells() {
    in_cells_ = at_ < text_.size() && text_[at_] == '[';
    if (!in_cells_) return;
    ++depth_;
    Advance();
  }

  // A string, or a list whose first string may stand on the next line.
  void TakeSource() {
    if (at_ < text_.size() && text_[at_] == '[') {
      ++depth_;
      Advance();
      SkipSpace();
    }
    if (!cells_.empty()) cells_.back().source_line = line_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t line_start_ = 0;
  int depth_ = 0;
  bool in_cells_ = false;
  std::vector<NotebookCellPlace> cells_;
};

}  // namespace

std::vector<NotebookCellPlace> FindNotebookCells(std::string_view text) {
  return Scanner(text).Scan();
}

}  // namespace cellar
