// Tables that fit the window. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cellar {

struct TableColumn {
  std::string heading;
  bool is_number = false;  // aligned to the right
};

struct TableCell {
  TableCell(std::string shown, const char* sequence = nullptr)
      : text(std::move(shown)), colour(sequence) {}
  TableCell(const char* shown) : text(shown) {}

  std::string text;              // without control characters
  const char* colour = nullptr;  // a sequence that sets it; null: none
};

using TableRow = std::vector<TableCell>;

/// A column that gives way where the window is too narrow: down to `least` columns if need be; with
/// 0 it goes altogether.
struct Narrowing {
  std::size_t column = 0;
  int least = 0;
  // What its texts become then, at once; null: they are cut where they must be.
  std::string (*shorten)(const std::string& text) = nullptr;
};

/// A heading and a line a row, each row as long as `columns`. `width` of the window; 0: no limit.
/// `steps` are taken one after the other until the table fits. A column that is empty in every row
/// is left out.
std::string TextTable(const std::vector<TableColumn>& columns, std::vector<TableRow> rows,
                      int width, const std::vector<Narrowing>& steps);

}  // namespace cellar
