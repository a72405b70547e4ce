// What stands beside the start of a cell in a script or a Markdown page: a title, and options as
// Jupytext writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct CellHeading {
  std::string name;               // the option `name`, else the title
  std::vector<std::string> tags;  // the option `tags`
  bool is_run = true;             // false: Jupytext's `.noeval`
};

/// Reads `load tags=["parameters"] name="x"`: a title, then options with JSON values, or one JSON
/// object. Where the options are not sound to the end of the line, all of it is title.
CellHeading ReadCellHeading(std::string_view text);

}  // namespace cellar
