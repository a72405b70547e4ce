// Outputs without their text, and any piece of it: for readers who must not hold all of it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct OutputOutline {
  std::int64_t row = 0;  // the store's
  int number = 0;
  OutputType type = OutputType::kStream;
  std::string stream_name;    // of a stream
  std::uint64_t kept = 0;     // bytes: of a stream its text, of another output its body
  std::int64_t replaced = 0;  // as LastReplacement counts; 0: never
  // Of a stream, as in OutputRecord.
  std::uint64_t missing = 0;
  std::size_t gap_at = 0;
};

/// Of one cell in order, without those that were cleared.
std::vector<OutputOutline> FindOutlines(const Store& store, RunId run, int attempt, int cell);

/// Counts how often outputs were replaced (update_display_data), over the whole store.
std::int64_t LastReplacement(const Store& store);

/// The cells of the attempt of whose outputs one was replaced after the replacement `after`.
std::vector<int> CellsReplacedAfter(const Store& store, RunId run, int attempt, std::int64_t after);

/// Of a stream's kept text up to `limit` bytes from `from`. Characters may be cut in two.
std::string ReadStreamText(const Store& store, const OutputOutline& stream, std::uint64_t from,
                           std::uint64_t limit);

/// Of any other output: nbformat's. nullopt: it has been removed since, by the limit on its cell's
/// outputs or with its run.
std::optional<nlohmann::ordered_json> ReadOutputBody(const Store& store,
                                                     const OutputOutline& output);

}  // namespace cellar
