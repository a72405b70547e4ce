// What leads from one text to another, line by line. Pure.
// Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellar {

/// Positions of equal elements in `before` and `after` that make a longest common subsequence, in
/// order. Where more than 2,000 elements differ, only the equal ones at both ends.
std::vector<std::pair<std::size_t, std::size_t>> CommonSubsequence(
    const std::vector<std::size_t>& before, const std::vector<std::size_t>& after);

/// As `diff -u` writes it, three lines around each change: "@@ -1,3 +1,4 @@", " same", "-gone",
/// "+new". Empty: every line is the same.
std::vector<std::string> LineDiff(std::string_view before, std::string_view after);

}  // namespace cellar
