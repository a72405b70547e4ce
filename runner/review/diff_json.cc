#include "runner/review/diff_json.h"

#include "runner/review/run_json.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

Json ParameterToJson(const ParameterDiff& diff) {
  Json json{{"name", diff.name}};
  if (diff.before) json["before"] = *diff.before;
  if (diff.after) json["after"] = *diff.after;
  return json;
}

Json SideToJson(const CellRecord& cell) {
  return {{"index", cell.index},
          {"state", ToWord(cell.state)},
          {"reason", cell.reason ? Json(ToWord(*cell.reason)) : Json(nullptr)},
          {"duration_ms", cell.duration ? Json(cell.duration->count()) : Json(nullptr)}};
}

Json RatioToJson(const CellDiff& diff) {
  if (!diff.before || !diff.after) return nullptr;
  const auto ratio = DurationRatio(diff.before->duration, diff.after->duration);
  return ratio ? Json(*ratio) : Json(nullptr);
}

Json CellDiffToJson(const CellDiff& diff) {
  const CellRecord& cell = diff.after ? *diff.after : *diff.before;
  Json json{{"name", cell.name}, {"kind", ToWord(cell.kind)}, {"same", diff.IsSame()}};
  if (diff.before) json["before"] = SideToJson(*diff.before);
  if (diff.after) json["after"] = SideToJson(*diff.after);
  json["duration_ratio"] = RatioToJson(diff);
  json["source"] = diff.source;
  json["outputs"] = diff.outputs;
  return json;
}

}  // namespace

Json DiffToJson(const RunDiff& diff) {
  Json json{{"schema_version", 1},
            {"same", diff.IsSame()},
            {"runs", Json::array({RunToJson(diff.before), RunToJson(diff.after)})},
            {"states_differ", diff.has_other_state},
            {"parameters", Json::array()},
            {"cells", Json::array()}};
  for (const ParameterDiff& parameter : diff.parameters) {
    json["parameters"].push_back(ParameterToJson(parameter));
  }
  for (const CellDiff& cell : diff.cells) json["cells"].push_back(CellDiffToJson(cell));
  return json;
}

}  // namespace cellar
