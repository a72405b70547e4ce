// "did you mean": the known word that somebody probably wanted to write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

/// The candidate nearest to `word` by letters changed, added, left out or swapped; case and `-` for
/// `_` do not count. nullopt: none is near.
std::optional<std::string> NearestWord(std::string_view word,
                                       const std::vector<std::string>& candidates);

/// `did you mean "timeout"?`, or `known <plural>: a, b, c` when none is near.
std::string SuggestWord(std::string_view word, const std::vector<std::string>& candidates,
                        std::string_view plural);

}  // namespace cellar
