#include "jobs/spelling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cellar {
namespace {

constexpr std::size_t kMaxLength = 64;

std::string Folded(std::string_view word) {
  std::string folded;
  for (const char c : word) {
    folded += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

// Damerau's distance with adjacent swaps (optimal string alignment); words of at most kMaxLength.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMaxLength + 1>, kMaxLength + 1> d;
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::size_t MostMistakes(std::size_t length) { return length <= 3 ? 1 : length <= 6 ? 2 : 3; }

}  // namespace

std::optional<std::string> NearestWord(std::string_view word,
                                       const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kMaxLength) return std::nullopt;
  const std::string folded = Folded(word);
  std::size_t nearest_distance = MostMistakes(word.size()) + 1;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kMaxLength) continue;
    const std::size_t distance = Distance(folded, Folded(candidate));
    if (distance < nearest_distance && distance < candidate.size()) {
      nearest_distance = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string SuggestWord(std::string_view word, const std::vector<std::string>& candidates,
                        std::string_view plural) {
  if (const auto nearest = NearestWord(word, candidates)) {
    return fmt::format("did you mean \"{}\"?", *nearest);
  }
  if (candidates.empty()) return fmt::format("there are no {} here", plural);
  return fmt::format("known {}: {}", plural, fmt::join(candidates, ", "));
}

}  // namespace cellar
