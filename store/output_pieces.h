// Pieces of outputs as they lie in the store, read back. For the files of this folder only.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "store/database.h"
#include "store/records.h"

namespace cellar {

/// `number` 0: the last one. nullopt: there is none.
std::optional<AttemptId> FindAttempt(Database& database, RunId run, int number);

/// One piece: its text is inline or a content. Columns from `first`: encoding, data, size.
std::string PieceAt(const Database& database, const Query& row, int first);

/// An nbformat output from the text of its one piece.
nlohmann::ordered_json WholeBody(const Database& database, OutputType type,
                                 const std::string& text);

/// The same of the row `output`, which is no stream.
nlohmann::ordered_json ReadWhole(Database& database, std::int64_t output, OutputType type);

}  // namespace cellar
