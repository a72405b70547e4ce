// Notebooks: .ipynb in nbformat 4.0 to 4.5, and later minor versions, which only add to it.
// Source: the nbformat package's nbformat.v4.5.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/code_cells.h"
#include "jobs/problem.h"

namespace cellar {

/// Problems are appended; each cell's line is that of its source in the file.
CodeCells ReadNotebook(const std::string& path, std::string_view text,
                       std::vector<Problem>* problems);

}  // namespace cellar
