#include "store/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "store/cell_texts.h"
#include "store/contents.h"
#include "store/searchable_text.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

struct CellPlace {
  std::int64_t attempt = 0;
  int cell = 0;
  auto operator<=>(const CellPlace&) const = default;
};

class Search {
 public:
  Search(Database& database, const SearchQuery& query)
      : database_(database), query_(query), finder_(query.text), reader_(database) {}

  std::vector<SearchHit> Run() {
    SearchNewAttempts();
    SearchIndexedSources();
    SearchIndexedOutputs();
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
      SearchCell({attempts.Int(0), static_cast<int>(attempts.Int(1))});
    }
  }

  void SearchIndexedSources() {
    Query block = BlocksWithWords("search_source_text");
    while (!HasEnough(source_hits_) && block.Step()) SearchSource(block.Int(5));
  }

  void SearchIndexedOutputs() {
    Query block = BlocksWithWords("search_text");
    CellPlace cell;
    std::vector<StoredPlace> places;  // blocks of `cell`: they come one behind the other
    while (!HasEnough(output_hits_) && block.Step()) {
      const CellPlace next{block.Int(0), static_cast<int>(block.Int(1))};
      if (next != cell) SearchBlocks(cell, &places);
      cell = next;
      places.push_back({block.Int(2), block.Int(3), block.Int(4)});
    }
    SearchBlocks(cell, &places);
  }

  /// Those whose words are in `table`, the newest first.
  Query BlocksWithWords(const char* table) {
    Query blocks = database_.PrepareOnce(fmt::format(
        R"sql(
          SELECT block.attempt_id, block.cell_index, block.chunk_id, block.chunk_at, block.bytes,
                 block.content_id
          FROM {0} JOIN search_block AS block ON block.id = {0}.rowid
          WHERE {0} MATCH :match
            AND (:job = '' OR block.content_id IS NOT NULL
                 OR (SELECT run.job FROM attempt JOIN run ON run.id = attempt.run_id
                     WHERE attempt.id = block.attempt_id) = :job)
          ORDER BY {0}.rowid DESC
        )sql",
        table));
    blocks.Bind(":job", query_.job).Bind(":match", WordsToMatch(query_.text));
    return blocks;
  }

  void SearchSource(std::int64_t content) {
    if (!seen_sources_.insert(content).second) return;
    const std::string stored_text = ReadContent(database_, content);
    const auto at = finder_.FindIn(stored_text);
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
                     ExcerptAt(SearchableText(stored_text), *at)});
    ++source_hits_;
  }

  /// All of its outputs.
  void SearchCell(const CellPlace& cell) {
    ReadTexts(database_, AttemptId{cell.attempt}, cell.cell,
              [&](const StoredText& output) { return !IsHit(cell, output.text); });
  }

  /// Some of the cell's blocks, the last one first; empties `places`.
  void SearchBlocks(const CellPlace& cell, std::vector<StoredPlace>* places) {
    const bool is_wanted = !HasEnough(output_hits_) && !hit_cells_.contains(cell);
    for (auto place = places->rbegin(); is_wanted && place != places->rend(); ++place) {
      if (IsHit(cell, reader_.Read(*place))) break;
    }
    places->clear();
  }

  bool IsHit(const CellPlace& cell, const std::string& stored_text) {
    const auto at = finder_.FindIn(stored_text);
    if (!at) return false;
    Query query = database_.Prepare(R"sql(
      SELECT run.id, run.job, attempt.number, cell.name
      FROM attempt JOIN run ON run.id = attempt.run_id
                   JOIN cell ON cell.attempt_id = attempt.id AND cell.cell_index = :cell
      WHERE attempt.id = :attempt
    )sql");
    query.Bind(":attempt", cell.attempt).Bind(":cell", std::int64_t{cell.cell});
    if (!query.Step()) return false;
    hits_.push_back({RunId{query.Int(0)}, query.Text(1), static_cast<int>(query.Int(2)), cell.cell,
                     query.Text(3), FoundIn::kOutput, 1,
                     ExcerptAt(SearchableText(stored_text), *at)});
    hit_cells_.insert(cell);
    ++output_hits_;
    return true;
  }

  Database& database_;
  const SearchQuery& query_;
  TextFinder finder_;
  PartReader reader_;
  std::set<std::int64_t> seen_sources_;
  std::set<CellPlace> hit_cells_;
  std::vector<SearchHit> hits_;
  std::int64_t source_hits_ = 0;
  std::int64_t output_hits_ = 0;
};

}  // namespace

std::vector<SearchHit> SearchRuns(const Store& store, const SearchQuery& query) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  return Search(database, query).Run();
}

}  // namespace cellar
