#include "runner/review/run_diff.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runner/review/comparable_text.h"
#include "runner/review/line_diff.h"
#include "runner/review/tamed_text.h"

namespace cellar {
namespace {

/// What tells a cell from the others of its run.
std::string KeyOf(const CellRecord& cell) {
  if (cell.kind == CellKind::kParameters) return "parameters";
  return cell.name.empty() ? "source " + cell.source : "name " + cell.name;
}

std::vector<std::size_t> NumbersOf(const std::vector<CellRecord>& cells,
                                   std::unordered_map<std::string, std::size_t>* numbers) {
  std::vector<std::size_t> keys;
  for (const CellRecord& cell : cells) {
    keys.push_back(numbers->emplace(KeyOf(cell), numbers->size()).first->second);
  }
  return keys;
}

/// Whether two cells without an equal may be versions of one another.
bool MayBeTheSame(const CellRecord& before, const CellRecord& after) {
  if (before.kind != after.kind) return false;
  return before.source == after.source || (before.name.empty() && after.name.empty());
}

/// Pairs what stands between two pairs: [i, before_end) and [j, after_end).
void PairBetween(const std::vector<CellRecord>& before, std::size_t i, std::size_t before_end,
                 const std::vector<CellRecord>& after, std::size_t j, std::size_t after_end,
                 std::vector<CellPair>* pairs) {
  for (; i < before_end; ++i) {
    std::size_t match = j;
    while (match < after_end && !MayBeTheSame(before[i], after[match])) ++match;
    if (match == after_end) {
      pairs->push_back({i, std::nullopt});
      continue;
    }
    for (; j < match; ++j) pairs->push_back({std::nullopt, j});
    pairs->push_back({i, j++});
  }
  for (; j < after_end; ++j) pairs->push_back({std::nullopt, j});
}

std::string TextOf(const std::vector<OutputRecord>& outputs, OutputsAs how) {
  std::string text = ComparableText(outputs);
  return how == OutputsAs::kTamed ? TamedText(text) : text;
}

}  // namespace

std::vector<ParameterDiff> DiffParameters(const nlohmann::ordered_json& before,
                                          const nlohmann::ordered_json& after) {
  std::vector<ParameterDiff> diffs;
  for (const auto& [name, value] : before.items()) {
    const auto other = after.find(name);
    if (other == after.end()) {
      diffs.push_back({name, value, std::nullopt});
    } else if (*other != value) {
      diffs.push_back({name, value, *other});
    }
  }
  for (const auto& [name, value] : after.items()) {
    if (!before.contains(name)) diffs.push_back({name, std::nullopt, value});
  }
  return diffs;
}

std::vector<CellPair> PairCells(const std::vector<CellRecord>& before,
                                const std::vector<CellRecord>& after) {
  std::unordered_map<std::string, std::size_t> numbers;
  const std::vector<std::size_t> before_keys = NumbersOf(before, &numbers);
  auto matches = CommonSubsequence(before_keys, NumbersOf(after, &numbers));
  matches.emplace_back(before.size(), after.size());
  std::vector<CellPair> pairs;
  std::size_t i = 0;
  std::size_t j = 0;
  for (const auto& [same_before, same_after] : matches) {
    PairBetween(before, i, same_before, after, j, same_after, &pairs);
    if (same_before < before.size()) pairs.push_back({same_before, same_after});
    i = same_before + 1;
    j = same_after + 1;
  }
  return pairs;
}

bool HaveSameText(const std::vector<OutputRecord>& before, const std::vector<OutputRecord>& after,
                  OutputsAs how) {
  return TextOf(before, how) == TextOf(after, how);
}

CellDiff DiffCells(std::optional<CellAndOutputs> before, std::optional<CellAndOutputs> after,
                   OutputsAs how) {
  CellDiff diff;
  if (before && after) {
    diff.has_other_state =
        before->cell.state != after->cell.state || before->cell.reason != after->cell.reason;
    if (before->cell.kind == CellKind::kCode) {
      diff.source = LineDiff(before->cell.source, after->cell.source);
    }
    diff.outputs = LineDiff(TextOf(before->outputs, how), TextOf(after->outputs, how));
  }
  if (before) diff.before = std::move(before->cell);
  if (after) diff.after = std::move(after->cell);
  return diff;
}

bool RunDiff::IsSame() const {
  return !has_other_state && parameters.empty() &&
         std::all_of(cells.begin(), cells.end(),
                     [](const CellDiff& cell) { return cell.IsSame(); });
}

std::optional<double> DurationRatio(const std::optional<Millis>& before,
                                    const std::optional<Millis>& after) {
  if (!before || !after || before->count() <= 0 || after->count() <= 0) return std::nullopt;
  return *after / *before;
}

}  // namespace cellar
