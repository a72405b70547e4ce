#include "store/search.h"

#include <algorithm>
#include <iterator>
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
  /// Counted anew by each search below: each finds its newest ones, and those of all are kept.
  bool HasEnough() const { return query_.limit > 0 && found_ >= query_.limit; }

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
    found_ = 0;
    while (attempts.Step() && !HasEnough()) {
      SearchSource(attempts.Int(2));
      SearchCell({attempts.Int(0), static_cast<int>(attempts.Int(1))});
    }
  }

  /// Those of the newest runs first.
  void SearchIndexedSources() {
    Query source = database_.Prepare(R"sql(
      SELECT content,
             (SELECT max(attempt.run_id) FROM cell JOIN attempt ON attempt.id = cell.attempt_id
              WHERE cell.source_id = content
                AND (:job = '' OR (SELECT job FROM run WHERE id = attempt.run_id) = :job)) AS newest
      FROM (SELECT DISTINCT block.content_id AS content
            FROM search_source_text JOIN search_block AS block
                 ON block.id = search_source_text.rowid
            WHERE search_source_text MATCH :match)
      ORDER BY newest DESC
    )sql");
    source.Bind(":job", query_.job).Bind(":match", WordsToMatch(query_.text));
    found_ = 0;
    while (!HasEnough() && source.Step() && !source.IsNull(1)) SearchSource(source.Int(0));
  }

  /// Blocks are in the order in which attempts were taken in, which is nearly their own: once
  /// enough is found, what is newer than that is still looked for.
  void SearchIndexedOutputs() {
    std::int64_t newer_than = 0;
    std::int64_t before = INT64_MAX;
    do {
      found_ = 0;
      SearchIndexedBlocks(newer_than, &before);
      if (HasEnough()) newer_than = std::next(hit_cells_.rbegin(), query_.limit - 1)->attempt;
    } while (HasEnough() && HasBlocks(newer_than, before));
  }

  /// Of attempts behind `newer_than`, the last block first, and only those before the block
  /// `before`: which is then the one that was come to.
  void SearchIndexedBlocks(std::int64_t newer_than, std::int64_t* before) {
    // CROSS JOIN: in this order, and so already sorted.
    Query block = database_.Prepare(R"sql(
      SELECT block.attempt_id, block.cell_index, block.chunk_id, block.chunk_at, block.bytes,
             block.id
      FROM search_text CROSS JOIN search_block AS block ON block.id = search_text.rowid
      WHERE search_text MATCH :match AND search_text.rowid < :before
        AND block.attempt_id > :newer_than
        AND (:job = '' OR (SELECT run.job FROM attempt JOIN run ON run.id = attempt.run_id
                           WHERE attempt.id = block.attempt_id) = :job)
      ORDER BY search_text.rowid DESC
    )sql");
    block.Bind(":job", query_.job).Bind(":match", WordsToMatch(query_.text));
    block.Bind(":newer_than", newer_than).Bind(":before", *before);
    CellPlace cell;
    std::vector<StoredPlace> places;  // blocks of `cell`: they come one behind the other
    while (block.Step()) {
      const CellPlace next{block.Int(0), static_cast<int>(block.Int(1))};
      if (next != cell) SearchBlocks(cell, &places);
      if (HasEnough()) return;
      cell = next;
      places.push_back({block.Int(2), block.Int(3), block.Int(4)});
      *before = block.Int(5);
    }
    SearchBlocks(cell, &places);
  }

  bool HasBlocks(std::int64_t newer_than, std::int64_t before) {
    Query block = database_.Prepare(R"sql(
      SELECT 1 FROM search_block INDEXED BY search_block_by_attempt
      WHERE attempt_id > :newer_than AND id < :before LIMIT 1
    )sql");
    return block.Bind(":newer_than", newer_than).Bind(":before", before).Step();
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
    ++found_;
  }

  /// All of its outputs.
  void SearchCell(const CellPlace& cell) {
    ReadTexts(database_, AttemptId{cell.attempt}, cell.cell,
              [&](const StoredText& output) { return !IsHit(cell, output.text); });
  }

  /// Some of the cell's blocks, the last one first; empties `places`.
  void SearchBlocks(const CellPlace& cell, std::vector<StoredPlace>* places) {
    const bool is_wanted = !hit_cells_.contains(cell);
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
    ++found_;
    return true;
  }

  Database& database_;
  const SearchQuery& query_;
  TextFinder finder_;
  PartReader reader_;
  std::set<std::int64_t> seen_sources_;
  std::set<CellPlace> hit_cells_;
  std::vector<SearchHit> hits_;
  std::int64_t found_ = 0;
};

}  // namespace

std::vector<SearchHit> SearchRuns(const Store& store, const SearchQuery& query) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  return Search(database, query).Run();
}

}  // namespace cellar
