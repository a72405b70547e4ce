// Which line of a cell raised, as its traceback tells.
#pragma once

#include <optional>
#include <string_view>

namespace cellar {

/// The line of the innermost frame that is in the cell, from 1, counted in the code that IPython
/// ran; `traceback` without colours. nullopt: it does not say (another kernel than IPython).
/// Forms: "Cell In [3], line 2", "Cell In[3], line 2", "Input In [3], in <cell line: 2>()",
/// "<ipython-input-3-…> in f()" with an arrow "----> 2" at the line.
std::optional<int> FailingLine(std::string_view traceback, std::optional<int> execution_count);

}  // namespace cellar
