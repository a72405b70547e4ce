// Two runs, cell by cell.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "jobs/error.h"
#include "runner/review/api/cells_json.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/run_json.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

// --- Which cells belong together

/// What a cell is known by in another run: its name, else its place among the cells of the job.
std::vector<std::string> KeysOf(const std::vector<CellRecord>& cells) {
  std::vector<std::string> keys;
  std::set<std::string> taken;
  int place = 0;
  for (const CellRecord& cell : cells) {
    const bool is_injected = cell.kind == CellKind::kParameters;
    const std::string by_place = "place " + std::to_string(place);
    const bool has_name = !cell.name.empty() && taken.insert(cell.name).second;
    keys.push_back(is_injected ? "parameters" : has_name ? "name " + cell.name : by_place);
    if (!is_injected) ++place;
  }
  return keys;
}

struct ComparedCells {
  const CellRecord* a = nullptr;
  const CellRecord* b = nullptr;
};

/// In the order of `a`; those of `b` alone before the pair that they stand before.
std::vector<ComparedCells> PairsOf(const std::vector<CellRecord>& a,
                                   const std::vector<CellRecord>& b) {
  const std::vector<std::string> keys_a = KeysOf(a);
  const std::vector<std::string> keys_b = KeysOf(b);
  const std::set<std::string> in_a(keys_a.begin(), keys_a.end());
  std::map<std::string, std::size_t> in_b;
  for (std::size_t i = 0; i < b.size(); ++i) in_b.emplace(keys_b[i], i);
  std::vector<ComparedCells> pairs;
  std::size_t next = 0;  // of b, whose lone cells are there up to here
  const auto add_lone_ones = [&](std::size_t end) {
    for (; next < end; ++next) {
      if (!in_a.contains(keys_b[next])) pairs.push_back({nullptr, &b[next]});
    }
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto other = in_b.find(keys_a[i]);
    if (other != in_b.end()) add_lone_ones(other->second);
    pairs.push_back({&a[i], other == in_b.end() ? nullptr : &b[other->second]});
  }
  add_lone_ones(b.size());
  return pairs;
}

// --- Whether their outputs are the same

Json WithoutChance(Json body) {
  for (const char* name : {"execution_count", "metadata", "traceback"}) body.erase(name);
  return body;
}

/// A piece of both at a time, however long they are.
bool HaveSameText(const Store& store, const OutputOutline& a, const OutputOutline& b) {
  constexpr std::uint64_t kPiece = 1 << 20;
  if (a.stream_name != b.stream_name || a.kept != b.kept) return false;
  for (std::uint64_t at = 0; at < a.kept; at += kPiece) {
    if (ReadStreamText(store, a, at, kPiece) != ReadStreamText(store, b, at, kPiece)) return false;
  }
  return true;
}

bool AreSame(const Store& store, const OutputOutline& a, const OutputOutline& b) {
  if (a.type != b.type) return false;
  if (a.type == OutputType::kStream) return HaveSameText(store, a, b);
  return WithoutChance(ReadOutputBody(store, a)) == WithoutChance(ReadOutputBody(store, b));
}

bool HaveSameOutputs(const Store& store, const CellPlace& a, const CellPlace& b) {
  const auto of_a = FindOutlines(store, a.run, a.attempt, a.cell);
  const auto of_b = FindOutlines(store, b.run, b.attempt, b.cell);
  return std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                    [&](const auto& one, const auto& other) { return AreSame(store, one, other); });
}

// --- The answer

struct Side {
  RunRecord run;
  std::vector<CellRecord> cells;
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

Json PairToJson(const ApiContext& context, const Side& a, const Side& b, const ComparedCells& pair,
                AnswerRoom* room) {
  const auto cell_json = [&](const Side& side, const CellRecord* cell) {
    return cell == nullptr ? Json(nullptr)
                           : CellWithOutputs(context, side.run.id, side.run.attempt, *cell, room);
  };
  Json json{{"a", cell_json(a, pair.a)}, {"b", cell_json(b, pair.b)}};
  const bool both = pair.a != nullptr && pair.b != nullptr;
  json["same_source"] = both && pair.a->source == pair.b->source;
  json["same_state"] = both && pair.a->state == pair.b->state && pair.a->reason == pair.b->reason;
  json["same_outputs"] =
      both && HaveSameOutputs(*context.store, {a.run.id, a.run.attempt, pair.a->index},
                              {b.run.id, b.run.attempt, pair.b->index});
  const bool are_timed =
      both && pair.a->duration && pair.b->duration && *pair.a->duration > Millis(0);
  json["duration_ratio"] = are_timed ? Json(*pair.b->duration / *pair.a->duration) : Json(nullptr);
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
  for (const ComparedCells& pair : PairsOf(a.cells, b.cells)) {
    answer["cells"].push_back(PairToJson(context, a, b, pair, &room));
  }
  return JsonAnswer(answer);
}

}  // namespace cellar
