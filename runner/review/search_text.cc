#include "runner/review/search_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string_view WordOf(FoundIn where) { return where == FoundIn::kSource ? "source" : "output"; }

std::string WhereText(const SearchHit& hit) {
  std::string text(WordOf(hit.where));
  if (hit.runs > 1) text += fmt::format(" of {} runs", hit.runs);
  return text;
}

}  // namespace

std::string HitsTable(const std::vector<SearchHit>& hits, const TextLook& look) {
  const std::vector<TableColumn> columns{{"RUN", true},
                                         {"JOB", false, 2, 8},
                                         {"CELL", false, 3, 8},
                                         {"WHERE", false, 4, 6},
                                         {"EXCERPT", false, 1, 20}};
  std::vector<std::vector<TableCell>> rows;
  for (const SearchHit& hit : hits) {
    const std::string name = PlainLine(hit.name);
    rows.push_back({std::to_string(hit.run.value), PlainLine(hit.job),
                    fmt::format("[{}]{}{}", hit.cell, name.empty() ? "" : " ", name),
                    WhereText(hit), PlainLine(hit.excerpt)});
  }
  return TextTable(columns, rows, look.columns);
}

Json HitsToJson(const std::vector<SearchHit>& hits) {
  Json json{{"schema_version", 1}, {"hits", Json::array()}};
  for (const SearchHit& hit : hits) {
    json["hits"].push_back({{"run", hit.run.value},
                            {"job", hit.job},
                            {"attempt", hit.attempt},
                            {"cell", hit.cell},
                            {"name", hit.name},
                            {"where", WordOf(hit.where)},
                            {"runs", hit.runs},
                            {"excerpt", hit.excerpt}});
  }
  return json;
}

}  // namespace cellar
