#include "runner/review/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "jobs/source_text.h"

namespace cellar {
namespace {

using Elements = std::vector<std::size_t>;
using Matches = std::vector<std::pair<std::size_t, std::size_t>>;

constexpr int kMostEdits = 2000;
constexpr std::size_t kContext = 3;

/// Myers' greedy search on what lies between the equal ends of two sequences. Diagonal k holds the
/// points with x - k = y; `reached_[d]` says how far x comes with d edits on k = -d, -d + 2, … d.
class Search {
 public:
  Search(const Elements& before, const Elements& after, std::size_t first, std::size_t before_end,
         std::size_t after_end)
      : before_(before),
        after_(after),
        first_(first),
        width_(static_cast<int>(before_end - first)),
        height_(static_cast<int>(after_end - first)) {}

  /// Empty also where it takes too many edits.
  Matches Run() {
    for (int edits = 0; edits <= std::min(width_ + height_, kMostEdits); ++edits) {
      auto& row = reached_.emplace_back();
      row.reserve(static_cast<std::size_t>(edits) + 1);
      for (int k = -edits; k <= edits; k += 2) {
        row.push_back(Slide(StartOf(edits, k), k));
        if (k == width_ - height_ && row.back() == width_) return Trace(edits);
      }
    }
    return {};
  }

 private:
  static constexpr int kNowhere = -1;

  int Reached(int edits, int k) const {
    if (edits < 0 || k < -edits || k > edits) return kNowhere;
    return reached_[static_cast<std::size_t>(edits)][static_cast<std::size_t>((k + edits) / 2)];
  }

  /// Where diagonal k begins with the last of `edits`: one element further in `before`, or in
  /// `after`.
  int StartOf(int edits, int k) const {
    if (edits == 0) return 0;
    const int left = Reached(edits - 1, k - 1);
    const int right = left != kNowhere && left < width_ ? left + 1 : kNowhere;
    const int above = Reached(edits - 1, k + 1);
    const int down = above != kNowhere && above - k <= height_ ? above : kNowhere;
    return std::max(right, down);
  }

  int Slide(int x, int k) const {
    if (x == kNowhere) return x;
    while (x < width_ && x - k < height_ && before_[BeforeAt(x)] == after_[AfterAt(x - k)]) ++x;
    return x;
  }

  Matches Trace(int edits) const {
    Matches matches;
    int x = width_;
    int k = width_ - height_;
    for (;; --edits) {
      const int start = StartOf(edits, k);
      while (x > start) {
        --x;
        matches.emplace_back(BeforeAt(x), AfterAt(x - k));
      }
      if (edits == 0) break;
      const bool came_down = Reached(edits - 1, k + 1) == start;
      x = came_down ? start : start - 1;
      k += came_down ? 1 : -1;
    }
    std::reverse(matches.begin(), matches.end());
    return matches;
  }

  std::size_t BeforeAt(int x) const { return first_ + static_cast<std::size_t>(x); }
  std::size_t AfterAt(int y) const { return first_ + static_cast<std::size_t>(y); }

  const Elements& before_;
  const Elements& after_;
  std::size_t first_;
  int width_;
  int height_;
  std::vector<std::vector<int>> reached_;
};

/// One line of the answer, and where it stands in each text, from 0.
struct Edit {
  char mark;  // ' ', '-', '+'
  std::string_view line;
  std::size_t before;
  std::size_t after;
};

std::vector<Edit> EditsOf(const std::vector<std::string_view>& before,
                          const std::vector<std::string_view>& after) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  const auto numbered = [&](const std::vector<std::string_view>& lines) {
    Elements elements;
    for (const auto line : lines) {
      elements.push_back(numbers.emplace(line, numbers.size()).first->second);
    }
    return elements;
  };
  const Elements before_elements = numbered(before);
  Matches matches = CommonSubsequence(before_elements, numbered(after));
  matches.emplace_back(before.size(), after.size());
  std::vector<Edit> edits;
  std::size_t i = 0;
  std::size_t j = 0;
  for (const auto& [same_before, same_after] : matches) {
    for (; i < same_before; ++i) edits.push_back({'-', before[i], i, j});
    for (; j < same_after; ++j) edits.push_back({'+', after[j], i, j});
    if (i < before.size()) edits.push_back({' ', before[i], i, j});
    ++i;
    ++j;
  }
  return edits;
}

/// "3,4": the first line of a stretch, from 1, and how many; of none the line before it.
std::string RangeOf(std::size_t first, std::ptrdiff_t count) {
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

void WriteHunk(std::vector<Edit>::const_iterator begin, std::vector<Edit>::const_iterator end,
               std::vector<std::string>* lines) {
  const auto added = std::count_if(begin, end, [](const Edit& edit) { return edit.mark == '+'; });
  const auto gone = std::count_if(begin, end, [](const Edit& edit) { return edit.mark == '-'; });
  lines->push_back(fmt::format("@@ -{} +{} @@", RangeOf(begin->before, end - begin - added),
                               RangeOf(begin->after, end - begin - gone)));
  for (auto edit = begin; edit != end; ++edit) {
    lines->push_back(edit->mark + std::string(edit->line));
  }
}

}  // namespace

Matches CommonSubsequence(const Elements& before, const Elements& after) {
  std::size_t first = 0;
  const std::size_t shorter = std::min(before.size(), after.size());
  while (first < shorter && before[first] == after[first]) ++first;
  std::size_t last = 0;  // equal ones at the end
  while (last < shorter - first &&
         before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
    ++last;
  }
  Matches matches;
  for (std::size_t i = 0; i < first; ++i) matches.emplace_back(i, i);
  const Matches middle =
      Search(before, after, first, before.size() - last, after.size() - last).Run();
  matches.insert(matches.end(), middle.begin(), middle.end());
  for (std::size_t i = last; i > 0; --i) matches.emplace_back(before.size() - i, after.size() - i);
  return matches;
}

std::vector<std::string> LineDiff(std::string_view before, std::string_view after) {
  std::vector<std::string> lines;
  if (before == after) return lines;
  const std::vector<Edit> edits = EditsOf(SplitLines(before), SplitLines(after));
  const auto is_change = [](const Edit& edit) { return edit.mark != ' '; };
  auto change = std::find_if(edits.begin(), edits.end(), is_change);
  while (change != edits.end()) {
    const auto begin = change - std::min<std::ptrdiff_t>(change - edits.begin(), kContext);
    auto end = change;  // behind the last change of this hunk, then behind what follows it
    while (change != edits.end() && change - end <= std::ptrdiff_t{2 * kContext}) {
      end = std::find_if_not(change, edits.end(), is_change);
      change = std::find_if(end, edits.end(), is_change);
    }
    WriteHunk(begin, end + std::min<std::ptrdiff_t>(edits.end() - end, kContext), &lines);
  }
  return lines;
}

}  // namespace cellar
