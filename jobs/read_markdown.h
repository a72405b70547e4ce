// Markdown pages: the fenced blocks of the kernel's language are the cells. Knows the ways of
// Jupytext (```python tags=["parameters"]), MyST (```{code-cell}) and R Markdown (```{r}).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/code_cells.h"
#include "jobs/problem.h"

namespace cellar {

/// `kernel` is the job's, or empty. The language is, in this order: that of the page's header, that
/// of the kernel, R for .Rmd, the first of KnownLanguages that some block is in. Where blocks in
/// braces are of that language the others are only shown. Problems are appended. `text` is UTF-8.
CodeCells ReadMarkdown(const std::string& path, std::string_view text, std::string_view kernel,
                       std::vector<Problem>* problems);

/// Whether some fenced block of `text` is in a known language.
bool HasCodeBlock(std::string_view text);

}  // namespace cellar
