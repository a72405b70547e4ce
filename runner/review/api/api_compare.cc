// Two runs, cell by cell.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "jobs/error.h"
#include "runner/review/api/cells_json.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/run_diff.h"
#include "runner/review/run_json.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

// --- Whether their outputs are the same

constexpr std::uint64_t kMostTamed = 4 << 20;

Json WithoutChance(Json body) {
  for (const char* name : {"execution_count", "metadata"}) body.erase(name);
  return body;
}

/// A piece of both at a time, however long they are.
bool HaveSameStream(const Store& store, const OutputOutline& a, const OutputOutline& b) {
  constexpr std::uint64_t kPiece = 1 << 20;
  if (a.stream_name != b.stream_name || a.kept != b.kept) return false;
  for (std::uint64_t at = 0; at < a.kept; at += kPiece) {
    if (ReadStreamText(store, a, at, kPiece) != ReadStreamText(store, b, at, kPiece)) return false;
  }
  return true;
}

bool AreSame(const Store& store, const OutputOutline& a, const OutputOutline& b) {
  if (a.type != b.type) return false;
  if (a.type == OutputType::kStream) return HaveSameStream(store, a, b);
  auto body_a = ReadOutputBody(store, a);
  auto body_b = ReadOutputBody(store, b);
  if (!body_a || !body_b) return false;
  return WithoutChance(*std::move(body_a)) == WithoutChance(*std::move(body_b));
}

std::uint64_t KeptBytesOf(const std::vector<OutputOutline>& outlines) {
  std::uint64_t bytes = 0;
  for (const OutputOutline& outline : outlines) bytes += outline.kept;
  return bytes;
}

/// As `cellar diff` finds it, but for outputs that are too long to be tamed.
bool HaveSameOutputs(const Store& store, const CellPlace& a, const CellPlace& b) {
  const auto of_a = FindOutlines(store, a.run, a.attempt, a.cell);
  const auto of_b = FindOutlines(store, b.run, b.attempt, b.cell);
  const bool are_equal =
      std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                 [&](const auto& one, const auto& other) { return AreSame(store, one, other); });
  if (are_equal || std::max(KeptBytesOf(of_a), KeptBytesOf(of_b)) > kMostTamed) return are_equal;
  return HaveSameText(FindOutputs(store, a.run, a.attempt, a.cell),
                      FindOutputs(store, b.run, b.attempt, b.cell), OutputsAs::kTamed);
}

// --- The answer

struct Side {
  RunRecord run;
  std::vector<CellRecord> cells;

  const CellRecord* At(const std::optional<std::size_t>& position) const {
    return position ? &cells[*position] : nullptr;
  }
};

Side SideOf(const Store& store, RunRecord run) {
  Side side{std::move(run), {}};
  if (side.run.attempt > 0) side.cells = FindCells(store, side.run.id, side.run.attempt);
  return side;
}

Json ParametersOf(const Json& a, const Json& b) {
  Json parameters = Json::array();
  for (const auto& [name, value] : a.items()) {
    Json one{{"name", name}, {"a", value}};
    const auto other = b.find(name);
    if (other != b.end()) one["b"] = *other;
    one["same"] = other != b.end() && *other == value;
    parameters.push_back(std::move(one));
  }
  for (const auto& [name, value] : b.items()) {
    if (!a.contains(name)) parameters.push_back({{"name", name}, {"b", value}, {"same", false}});
  }
  return parameters;
}

Json PairToJson(const ApiContext& context, const Side& a, const Side& b, const CellPair& pair,
                AnswerRoom* room) {
  const CellRecord* const in_a = a.At(pair.before);
  const CellRecord* const in_b = b.At(pair.after);
  const auto cell_json = [&](const Side& side, const CellRecord* cell) {
    return cell == nullptr ? Json(nullptr)
                           : CellWithOutputs(context, side.run.id, side.run.attempt, *cell, room);
  };
  Json json{{"a", cell_json(a, in_a)}, {"b", cell_json(b, in_b)}};
  const bool both = in_a != nullptr && in_b != nullptr;
  json["same_source"] =
      both && (in_a->source == in_b->source || in_a->kind == CellKind::kParameters);
  json["same_state"] = both && in_a->state == in_b->state && in_a->reason == in_b->reason;
  json["same_outputs"] =
      both && HaveSameOutputs(*context.store, {a.run.id, a.run.attempt, in_a->index},
                              {b.run.id, b.run.attempt, in_b->index});
  const auto ratio = both ? DurationRatio(in_a->duration, in_b->duration) : std::nullopt;
  json["duration_ratio"] = ratio ? Json(*ratio) : Json(nullptr);
  return json;
}

}  // namespace

ApiAnswer AnswerCompare(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"a", "b"});
  if (query.Text("a").empty() || query.Text("b").empty()) {
    throw Error(ErrorKind::kUsage, "a and b: two runs are compared: give both");
  }
  const Store& store = *context.store;
  auto run_a = FindNamedRun(store, query.Text("a"));
  auto run_b = FindNamedRun(store, query.Text("b"));
  if (!run_a) return NoSuchRun(store, query.Text("a"));
  if (!run_b) return NoSuchRun(store, query.Text("b"));
  const Side a = SideOf(store, *std::move(run_a));
  const Side b = SideOf(store, *std::move(run_b));
  Json answer{{"schema_version", 1}, {"a", RunToJson(a.run)}, {"b", RunToJson(b.run)}};
  answer["parameters"] = ParametersOf(a.run.parameters, b.run.parameters);
  answer["cells"] = Json::array();
  AnswerRoom room;
  for (const CellPair& pair : PairCells(a.cells, b.cells)) {
    answer["cells"].push_back(PairToJson(context, a, b, pair, &room));
  }
  return JsonAnswer(answer);
}

}  // namespace cellar
