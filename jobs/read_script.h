// Scripts in percent format: cells begin with a comment line `# %%`, as Jupytext, VS Code and
// Spyder write them. A script without such a line is one cell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/code_cells.h"
#include "jobs/problem.h"

namespace cellar {

struct ScriptLanguage;

/// What follows the marker names the cell: `# %% load tags=["parameters"]`; `[markdown]` and
/// `[raw]` make it none. A YAML header in comments names the kernelspec. `text` is UTF-8.
/// More than kMaxCells are a problem, which is appended.
CodeCells ReadScript(const std::string& path, std::string_view text, const ScriptLanguage& language,
                     std::vector<Problem>* problems);

/// Whether some line of `text` is a marker behind the comment sign `comment`.
bool HasCellMarker(std::string_view text, std::string_view comment);

}  // namespace cellar
