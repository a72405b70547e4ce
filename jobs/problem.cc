#include "jobs/problem.h"

#include <fmt/format.h>

namespace cellar {

std::string ToString(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}", problem.line);
  if (problem.line > 0 && problem.column > 0) text += fmt::format(":{}", problem.column);
  text += fmt::format(": {}", problem.what);
  if (!problem.suggestion.empty()) text += fmt::format("; {}", problem.suggestion);
  return text;
}

}  // namespace cellar
