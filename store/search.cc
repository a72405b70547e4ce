#include "store/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "store/contents.h"
#include "store/history.h"
#include "store/searchable_text.h"
#include "store/store_impl.h"

namespace cellar {
namespace {

struct CellPlace {
  std::int64_t attempt = 0;
  int cell = 0;
  auto operator<=>(const CellPlace&) const = default;
};

/// The words that a block must have, as FTS5 wants them (sqlite.org/fts5.html, "Full-text Query
/// Syntax"): all of them. Empty: the text is too short to tell.
std::string MatchOf(const std::string& text) {
  constexpr std::size_t kMost = 40 * 6;  // a few dozen words rule out enough
  return TrigramWords(text).substr(0, kMost);
}

class Search {
 public:
  Search(const Store& store, const SearchQuery& query)
      : store_(store), database_(store.impl().database), query_(query) {}

  std::vector<SearchHit> Run() {
    SearchNewAttempts();
    SearchIndex();
    std::sort(hits_.begin(), hits_.end(), [](const SearchHit& one, const SearchHit& other) {
      return std::tuple(other.run, one.attempt, one.cell, one.where) <
             std::tuple(one.run, other.attempt, other.cell, other.where);
    });
    if (query_.limit > 0 && std::ssize(hits_) > query_.limit) hits_.resize(query_.limit);
    return std::move(hits_);
  }

 private:
  /// Sources and outputs are counted apart: the newest of both are wanted.
  bool HasEnough(std::int64_t count) const { return query_.limit > 0 && count >= query_.limit; }

  /// What the index does not have, the newest first.
  void SearchNewAttempts() {
    Query attempts = database_.Prepare(R"sql(
      SELECT attempt.id, source.cell_index, source.source_id
      FROM attempt JOIN run ON run.id = attempt.run_id
                   JOIN cell AS source ON source.attempt_id = attempt.id
      WHERE attempt.id > (SELECT up_to FROM search_state)
        AND attempt.id NOT IN (SELECT attempt_id FROM search_attempt)
        AND (:job = '' OR run.job = :job)
      ORDER BY attempt.id DESC, source.cell_index
    )sql");
    attempts.Bind(":job", query_.job);
    while (attempts.Step() && !HasEnough(output_hits_ + source_hits_)) {
      SearchSource(attempts.Int(2));
      SearchOutputs({attempts.Int(0), static_cast<int>(attempts.Int(1))});
    }
  }

  void SearchIndex() {
    const std::string match = MatchOf(query_.text);
    const std::string block = "SELECT attempt_id, cell_index, content_id FROM search_block ";
    Query blocks = database_.PrepareOnce(
        match.empty()
            ? block + "ORDER BY id DESC"
            : "SELECT block.attempt_id, block.cell_index, block.content_id "
              "FROM search_text JOIN search_block AS block ON block.id = search_text.rowid "
              "WHERE search_text MATCH :match ORDER BY search_text.rowid DESC");
    if (!match.empty()) blocks.Bind(":match", match);
    while (blocks.Step() && !(HasEnough(output_hits_) && HasEnough(source_hits_))) {
      if (!blocks.IsNull(2)) {
        if (!HasEnough(source_hits_)) SearchSource(blocks.Int(2));
      } else if (!HasEnough(output_hits_)) {
        SearchOutputs({blocks.Int(0), static_cast<int>(blocks.Int(1))});
      }
    }
  }

  void SearchSource(std::int64_t content) {
    if (!seen_sources_.insert(content).second) return;
    const std::string text = SearchableText(ReadContent(database_, content));
    const auto at = FindText(text, query_.text);
    if (!at) return;
    // SQLite takes the other columns from the row of the maximum (lang_select.html, "Bare
    // columns").
    Query query = database_.Prepare(R"sql(
      SELECT max(run.id), count(DISTINCT run.id), run.job, attempt.number, cell.cell_index, cell.name
      FROM cell JOIN attempt ON attempt.id = cell.attempt_id JOIN run ON run.id = attempt.run_id
      WHERE cell.source_id = :content AND (:job = '' OR run.job = :job)
    )sql");
    query.Bind(":content", content).Bind(":job", query_.job);
    if (!query.Step() || query.IsNull(0)) return;
    hits_.push_back({RunId{query.Int(0)}, query.Text(2), static_cast<int>(query.Int(3)),
                     static_cast<int>(query.Int(4)), query.Text(5), FoundIn::kSource, query.Int(1),
                     ExcerptAt(text, *at)});
    ++source_hits_;
  }

  void SearchOutputs(const CellPlace& place) {
    if (!seen_cells_.insert(place).second) return;
    Query query = database_.Prepare(R"sql(
      SELECT run.id, run.job, attempt.number, cell.name, cell.output_bytes
      FROM attempt JOIN run ON run.id = attempt.run_id
                   JOIN cell ON cell.attempt_id = attempt.id AND cell.cell_index = :cell
      WHERE attempt.id = :attempt AND (:job = '' OR run.job = :job)
    )sql");
    query.Bind(":attempt", place.attempt).Bind(":cell", std::int64_t{place.cell});
    query.Bind(":job", query_.job);
    if (!query.Step() || query.Int(4) == 0) return;
    const RunId run{query.Int(0)};
    const int attempt = static_cast<int>(query.Int(2));
    for (const OutputRecord& output : FindOutputs(store_, run, attempt, place.cell)) {
      const std::string text = SearchableText(output);
      const auto at = FindText(text, query_.text);
      if (!at) continue;
      hits_.push_back({run, query.Text(1), attempt, place.cell, query.Text(3), FoundIn::kOutput, 1,
                       ExcerptAt(text, *at)});
      ++output_hits_;
      return;
    }
  }

  const Store& store_;
  Database& database_;
  const SearchQuery& query_;
  std::set<std::int64_t> seen_sources_;
  std::set<CellPlace> seen_cells_;
  std::vector<SearchHit> hits_;
  std::int64_t source_hits_ = 0;
  std::int64_t output_hits_ = 0;
};

}  // namespace

std::vector<SearchHit> SearchRuns(const Store& store, const SearchQuery& query) {
  return Search(store, query).Run();
}

}  // namespace cellar
