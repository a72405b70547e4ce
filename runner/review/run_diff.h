// What differs between two runs. How long they took is no difference. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

/// kTamed: addresses, dates and times in outputs are no difference (review/tamed_text.h).
enum class OutputsAs { kTamed, kExact };

struct ParameterDiff {
  std::string name;
  std::optional<nlohmann::ordered_json> before;  // nullopt: that run has no such parameter
  std::optional<nlohmann::ordered_json> after;
};

/// Those that differ, in the order of `before`, then new ones. Both are objects.
std::vector<ParameterDiff> DiffParameters(const nlohmann::ordered_json& before,
                                          const nlohmann::ordered_json& after);

/// Positions of one cell in the two runs; nullopt: that run does not have it.
struct CellPair {
  std::optional<std::size_t> before;
  std::optional<std::size_t> after;
};

/// Cells of the same name belong together, those without a name by their source or, between two
/// pairs, by their order. In the order of the cells.
std::vector<CellPair> PairCells(const std::vector<CellRecord>& before,
                                const std::vector<CellRecord>& after);

struct CellAndOutputs {
  CellRecord cell;
  std::vector<OutputRecord> outputs;
};

struct CellDiff {
  std::optional<CellRecord> before;  // nullopt: only the other run has it
  std::optional<CellRecord> after;
  bool has_other_state = false;      // state or reason
  std::vector<std::string> source;   // as LineDiff (review/line_diff.h)
  std::vector<std::string> outputs;  // likewise

  bool IsSame() const {
    return before && after && !has_other_state && source.empty() && outputs.empty();
  }
};

/// Whether their outputs are, as texts, no difference.
bool HaveSameText(const std::vector<OutputRecord>& before, const std::vector<OutputRecord>& after,
                  OutputsAs how);

/// The source of a parameter cell is not compared: the parameters are.
CellDiff DiffCells(std::optional<CellAndOutputs> before, std::optional<CellAndOutputs> after,
                   OutputsAs how);

struct RunDiff {
  RunRecord before;
  RunRecord after;
  bool has_other_state = false;  // state or reason
  std::vector<ParameterDiff> parameters;
  std::vector<CellDiff> cells;

  bool IsSame() const;
};

/// How many times as long; nullopt where one of them was not measured, or took no time.
std::optional<double> DurationRatio(const std::optional<Millis>& before,
                                    const std::optional<Millis>& after);

}  // namespace cellar
