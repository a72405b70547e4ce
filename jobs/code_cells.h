// The code of a notebook, a percent script or a Markdown page: what the readers of these formats
// have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.h"
#include "jobs/problem.h"

namespace cellar {

/// A code cell with the tags that a notebook's cells have.
struct TaggedCell {
  Cell cell;
  std::vector<std::string> tags;
};

struct CodeCells {
  std::vector<Cell> cells;
  std::size_t parameters_before = 0;         // behind the cell tagged `parameters`
  std::vector<std::string> parameter_names;  // that this cell assigns
  std::string kernel;                        // kernelspec; empty: not said
  std::string language;                      // empty: not said
};

/// Does what the tags mean: parameters, injected-parameters, raises-exception, skip-execution.
/// Cells of nothing but blanks are left out.
void PutCells(std::vector<TaggedCell> tagged, CodeCells* code);

/// What ReadFrontMatter found; empty: not said.
struct FrontMatter {
  std::string kernel;
  std::string language;
};

/// The kernelspec of a YAML header as Jupytext, MyST and Quarto write it, from its lines without
/// the `---`. Only what these need of YAML.
FrontMatter ReadFrontMatter(const std::vector<std::string_view>& lines);

}  // namespace cellar
