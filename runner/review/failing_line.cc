#include "runner/review/failing_line.h"

#include <array>

#include "jobs/source_text.h"

namespace cellar {
namespace {

/// The number that stands behind `mark`.
std::optional<int> NumberBehind(std::string_view line, std::string_view mark) {
  std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  at += mark.size();
  int number = 0;
  const std::size_t first = at;
  for (; at < line.size() && at - first < 7 && line[at] >= '0' && line[at] <= '9'; ++at) {
    number = number * 10 + (line[at] - '0');
  }
  return at > first ? std::optional(number) : std::nullopt;
}

/// The execution count of the cell in which the frame that `line` heads is.
std::optional<int> CellOfFrame(std::string_view line) {
  constexpr std::array<std::string_view, 3> kMarks{"In [", "In[", "<ipython-input-"};
  for (const std::string_view mark : kMarks) {
    if (const auto number = NumberBehind(line, mark)) return number;
  }
  return std::nullopt;
}

bool HeadsAFrame(std::string_view line) {
  return line.rfind("File ", 0) == 0 || CellOfFrame(line).has_value();
}

}  // namespace

std::optional<int> FailingLine(std::string_view traceback, std::optional<int> execution_count) {
  std::optional<int> failing;
  bool in_our_frame = false;
  for (const std::string_view line : SplitLines(traceback)) {
    if (HeadsAFrame(Trimmed(line))) {
      const auto cell = CellOfFrame(line);
      in_our_frame = cell && (!execution_count || *cell == *execution_count);
      if (!in_our_frame) continue;
      auto number = NumberBehind(line, ", line ");
      if (!number) number = NumberBehind(line, "<cell line: ");
      if (number) failing = number;
    } else if (in_our_frame) {
      if (const auto number = NumberBehind(line, "-> ")) failing = number;
    }
  }
  return failing;
}

}  // namespace cellar
