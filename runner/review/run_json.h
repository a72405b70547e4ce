// Runs as JSON for other programs: the contract's form, schema_version 1.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "runner/review/text_sink.h"
#include "store/history.h"
#include "store/submission.h"

namespace cellar {

/// The `run` object.
nlohmann::ordered_json RunToJson(const RunRecord& run);

/// An element of `cells`. `outputs` gives up its bodies.
nlohmann::ordered_json CellToJson(const CellRecord& cell, std::vector<OutputRecord>&& outputs);

/// A line of `logs --json`.
nlohmann::ordered_json LogPieceToJson(const LogPiece& piece);

/// One run whole, a cell at a time, with a final newline.
void WriteRunJson(const Store& store, const RunRecord& run, const TextSink& sink);

/// The same of `cells` alone.
void WriteRunJson(const Store& store, const RunRecord& run, const std::vector<CellRecord>& cells,
                  const TextSink& sink);

/// `{"schema_version": 1, "runs": […]}`, a line a run.
void WriteRunsJson(const std::vector<RunRecord>& runs, const TextSink& sink);

/// The same of at least one run that was submitted, with their `group` (null: none) and whether
/// each `is_new`. Runs that are gone are left out.
void WriteSubmissionsJson(const Store& store, const std::vector<Submission>& submissions,
                          const TextSink& sink);

}  // namespace cellar
