#include "runner/review/text_table.h"

#include <algorithm>

#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr int kGap = 2;
using Widths = std::vector<int>;

int WidestIn(const std::vector<TableRow>& rows, std::size_t column) {
  int widest = 0;
  for (const TableRow& row : rows) widest = std::max(widest, TextWidth(row[column].text));
  return widest;
}

Widths NaturalWidths(const std::vector<TableColumn>& columns, const std::vector<TableRow>& rows) {
  Widths widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const int widest = WidestIn(rows, i);
    widths.push_back(widest == 0 ? 0 : std::max(widest, TextWidth(columns[i].heading)));
  }
  return widths;
}

/// By how much the table is too wide.
int Excess(const Widths& widths, int width) {
  int used = -kGap;
  for (const int column : widths) used += column > 0 ? column + kGap : 0;
  return used - width;
}

void Narrow(const Narrowing& step, int excess, std::vector<TableRow>* rows, int* width) {
  if (step.shorten != nullptr) {
    for (TableRow& row : *rows) row[step.column].text = step.shorten(row[step.column].text);
    *width = step.least;
  } else {
    *width = step.least == 0 ? 0 : std::min(*width, std::max(step.least, *width - excess));
  }
}

std::string TableLine(const std::vector<TableColumn>& columns, const TableRow& row,
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

std::string TextTable(const std::vector<TableColumn>& columns, std::vector<TableRow> rows,
                      int width, const std::vector<Narrowing>& steps) {
  Widths widths = NaturalWidths(columns, rows);
  for (const Narrowing& step : steps) {
    const int excess = width > 0 ? Excess(widths, width) : 0;
    if (excess > 0 && widths[step.column] > 0) Narrow(step, excess, &rows, &widths[step.column]);
  }
  TableRow headings;
  for (const TableColumn& column : columns) headings.emplace_back(column.heading);
  std::string table = TableLine(columns, headings, widths);
  for (const TableRow& row : rows) table += TableLine(columns, row, widths);
  return table;
}

}  // namespace cellar
