#include "runner/review/api/cells_json.h"

#include <nlohmann/json.hpp>

#include "runner/review/json_values.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json AttemptToJson(const AttemptRecord& attempt) {
  return {
      {"number", attempt.number},
      {"state", ToWord(attempt.state)},
      {"reason", attempt.reason ? Json(ToWord(*attempt.reason)) : Json(nullptr)},
      {"message", attempt.message},
      {"gateway", attempt.gateway},
      {"kernelspec", attempt.kernelspec},
      {"started_at", FormatUtc(attempt.started_at)},
      {"finished_at", attempt.finished_at ? Json(FormatUtc(*attempt.finished_at)) : Json(nullptr)},
      {"queue_ms", MillisOrNull(attempt.queue)},
      {"kernel_start_ms", MillisOrNull(attempt.kernel_start)},
      {"duration_ms", MillisOrNull(attempt.duration)},
      {"worker", attempt.worker},
      {"takeovers", attempt.takeovers}};
}

Json CellWithOutputs(const ApiContext& context, RunId run, int attempt, const CellRecord& cell,
                     AnswerRoom* room) {
  Json json = CellToJson(cell, {});
  json["outputs"] = OutputsToJson(context, {run, attempt, cell.index}, room);
  json["file"] = cell.file;
  json["line"] = cell.line;
  return json;
}

Json LiveCellToJson(const CellRecord& cell) {
  Json json = CellToJson(cell, {});
  json.erase("source");
  json.erase("outputs");
  return json;
}

}  // namespace cellar
