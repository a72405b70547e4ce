// Outputs as the API has them: what is small and harmless in the answer itself, the rest by the
// address of each of its parts.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "runner/review/api/api.h"
#include "store/output_outlines.h"

namespace cellar {

/// How much one answer may still hold, and look at, in bytes.
struct AnswerRoom {
  std::uint64_t text = 4u << 20;
  std::uint64_t read = 64u << 20;
};
/// Of an answer about one cell alone.
inline constexpr AnswerRoom kCellRoom{32u << 20, 256u << 20};

struct CellPlace {
  RunId run;
  int attempt = 1;
  int cell = 0;
};

struct OutputPlace {
  CellPlace cell;
  int number = 0;
  std::int64_t replaced = 0;  // as in OutputOutline
};

/// `Cell.outputs`. Those for which there is no room are `deferred`.
nlohmann::ordered_json OutputsToJson(const ApiContext& context, const CellPlace& place,
                                     AnswerRoom* room);

/// `Output`, of a whole nbformat output that is no stream.
nlohmann::ordered_json OutputToJson(const ApiContext& context, const OutputPlace& place,
                                    const nlohmann::ordered_json& body, AnswerRoom* room);

/// A representation as text, as its url and its slices have it: of an error its traceback as
/// "text/plain", JSON indented, what is binary in base64. nullopt: the output has none of the type.
std::optional<std::string> TextOfPart(const nlohmann::ordered_json& body, const std::string& mime);

/// The same with what is binary decoded, where that can be: what its url answers with.
std::optional<std::string> BytesOfPart(const nlohmann::ordered_json& body, const std::string& mime);

}  // namespace cellar
