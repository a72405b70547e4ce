#include "runner/review/text_table.h"

#include <algorithm>

#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr int kGap = 2;
using Widths = std::vector<int>;

Widths NaturalWidths(const std::vector<TableColumn>& columns,
                     const std::vector<std::vector<TableCell>>& rows) {
  Widths widths(columns.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      widths[i] = std::max(widths[i], TextWidth(row[i].text));
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], TextWidth(columns[i].heading));
  }
  return widths;
}

/// By how much the table is too wide.
int Excess(const Widths& widths, int width) {
  int used = -kGap;
  for (const int column : widths) used += column > 0 ? column + kGap : 0;
  return used - width;
}

void Fit(const std::vector<TableColumn>& columns, int width, Widths* widths) {
  for (int turn = 1; turn <= static_cast<int>(columns.size()); ++turn) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const int excess = Excess(*widths, width);
      if (columns[i].gives_way != turn || excess <= 0) continue;
      int& own = (*widths)[i];
      own = columns[i].least == 0 ? 0 : std::min(own, std::max(columns[i].least, own - excess));
    }
  }
}

std::string Line(const std::vector<TableColumn>& columns, const std::vector<TableCell>& row,
                 const Widths& widths) {
  std::string line;
  std::string pending;  // spaces, written only before more text
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (widths[i] == 0) continue;
    const std::string text = FitColumns(row[i].text, widths[i]);
    const std::string space(static_cast<std::size_t>(widths[i] - TextWidth(text)), ' ');
    if (columns[i].is_number) pending += space;
    if (!text.empty()) {
      line += pending;
      pending.clear();
      line += row[i].colour == nullptr ? text : row[i].colour + text + "\x1b[0m";
    }
    if (!columns[i].is_number) pending += space;
    pending.append(kGap, ' ');
  }
  return line + "\n";
}

}  // namespace

std::string TextTable(const std::vector<TableColumn>& columns,
                      const std::vector<std::vector<TableCell>>& rows, int width) {
  Widths widths = NaturalWidths(columns, rows);
  if (width > 0) Fit(columns, width, &widths);
  std::vector<TableCell> headings;
  for (const TableColumn& column : columns) headings.emplace_back(column.heading);
  std::string table = Line(columns, headings, widths);
  for (const auto& row : rows) table += Line(columns, row, widths);
  return table;
}

}  // namespace cellar
