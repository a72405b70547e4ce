// Tables that fit the window. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cellar {

struct TableColumn {
  std::string heading;
  bool is_number = false;  // aligned to the right
  // Who gives way where the window is too narrow: 1 first; 0: stays as it is. A column gives down
  // to `least` columns; with 0 it goes altogether.
  int gives_way = 0;
  int least = 0;
};

struct TableCell {
  TableCell(std::string shown, const char* sequence = nullptr)
      : text(std::move(shown)), colour(sequence) {}
  TableCell(const char* shown) : text(shown) {}

  std::string text;              // without control characters
  const char* colour = nullptr;  // a sequence that sets it; null: none
};

/// A heading and a line a row, each row as long as `columns`. `width` of the window; 0: no limit.
/// A column that is empty in every row is left out.
std::string TextTable(const std::vector<TableColumn>& columns,
                      const std::vector<std::vector<TableCell>>& rows, int width);

}  // namespace cellar
