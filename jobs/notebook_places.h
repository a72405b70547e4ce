// Where the cells of a notebook stand in its text, which a parsed notebook no longer tells.
#pragma once

#include <string_view>
#include <vector>

#include "jobs/source_text.h"

namespace cellar {

struct NotebookCellPlace {
  TextPlace cell;
  int source_line = 1;  // of the first line of its source
};

/// One for each object in the top-level list `cells` of `text`, which is JSON.
std::vector<NotebookCellPlace> FindNotebookCells(std::string_view text);

}  // namespace cellar
