#include "runner/review/search_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string_view FoundInWord(FoundIn where) {
  return where == FoundIn::kSource ? "source" : "output";
}

std::string WhereText(const SearchHit& hit) {
  std::string text(FoundInWord(hit.where));
  if (hit.runs > 1) text += fmt::format(" of {} runs", hit.runs);
  return text;
}

}  // namespace

std::string HitsTable(const std::vector<SearchHit>& hits, const TextLook& look) {
  const std::vector<TableColumn> columns{{"RUN", true}, {"JOB"}, {"CELL"}, {"WHERE"}, {"EXCERPT"}};
  std::vector<TableRow> rows;
  for (const SearchHit& hit : hits) {
    const std::string name = PlainLine(hit.name);
    rows.push_back({std::to_string(hit.run.value), PlainLine(hit.job),
                    fmt::format("[{}]{}{}", hit.cell, name.empty() ? "" : " ", name),
                    WhereText(hit), PlainLine(hit.excerpt)});
  }
  return TextTable(columns, std::move(rows), look.columns, {{4, 20}, {1, 8}, {2, 8}, {3, 6}});
}

Json HitsToJson(const std::vector<SearchHit>& hits) {
  Json json{{"schema_version", 1}, {"hits", Json::array()}};
  for (const SearchHit& hit : hits) {
    json["hits"].push_back({{"run", hit.run.value},
                            {"job", hit.job},
                            {"attempt", hit.attempt},
                            {"cell", hit.cell},
                            {"name", hit.name},
                            {"where", FoundInWord(hit.where)},
                            {"runs", hit.runs},
                            {"excerpt", hit.excerpt}});
  }
  return json;
}

}  // namespace cellar
