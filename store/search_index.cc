#include "store/search_index.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "store/contents.h"
#include "store/search_blocks.h"
#include "store/searchable_text.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

// In the lock file, held by whoever fills the index. No worker has this number.
constexpr std::int64_t kIndexByte = std::int64_t{1} << 62;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchBlocks = 500;

std::vector<AttemptId> AttemptsToDo(Database& database) {
  Query query = database.Prepare(R"sql(
    SELECT id FROM attempt
    WHERE id > (SELECT up_to FROM search_state) AND finished_at IS NOT NULL
      AND id NOT IN (SELECT attempt_id FROM search_attempt)
    ORDER BY id
  )sql");
  std::vector<AttemptId> attempts;
  while (query.Step()) attempts.push_back(AttemptId{query.Int(0)});
  return attempts;
}

std::vector<int> CellsWithOutputs(Database& database, AttemptId attempt) {
  Query query = database.Prepare(R"sql(
    SELECT cell_index FROM cell WHERE attempt_id = :attempt AND output_bytes > 0
    ORDER BY cell_index
  )sql");
  query.Bind(":attempt", attempt.value);
  std::vector<int> cells;
  while (query.Step()) cells.push_back(static_cast<int>(query.Int(0)));
  return cells;
}

/// Sources of the attempt that are not in the index.
std::vector<std::int64_t> NewSources(Database& database, AttemptId attempt) {
  Query query = database.Prepare(R"sql(
    SELECT DISTINCT source_id FROM cell WHERE attempt_id = :attempt
      AND NOT EXISTS (SELECT 1 FROM search_block WHERE content_id = cell.source_id)
  )sql");
  query.Bind(":attempt", attempt.value);
  std::vector<std::int64_t> sources;
  while (query.Step()) sources.push_back(query.Int(0));
  return sources;
}

/// Blocks of text on their way into the index, and the attempts that are done with them.
class Batch {
 public:
  explicit Batch(Database& database) : database_(database) {}

  /// Once in a batch: a nightly job has the same sources every night.
  bool has_source(std::int64_t content) const { return sources_.contains(content); }
  void AddSource(std::int64_t content, std::string_view text) {
    sources_.insert(content);
    for (const auto block : BlocksOf(text)) Add({.content = content}, block);
  }
  void AddOutput(AttemptId attempt, int cell, const StoredPlace& place, std::string_view block) {
    Add({attempt.value, cell, place.chunk, place.at, place.bytes, std::nullopt}, block);
  }
  void AddDone(AttemptId attempt) { done_.push_back(attempt); }

  bool is_full() const { return bytes_ >= kBatchBytes || blocks_.size() >= kBatchBlocks; }

  void Commit() {
    WriteTransaction transaction(database_, Durability::kProcessDeath);
    // One after the other: FTS5 writes out what it holds at any savepoint, and an INSERT into
    // search_block has one. Together they take three times as long.
    std::vector<std::int64_t> ids;
    for (const Block& block : blocks_) ids.push_back(Insert(block.place));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != 0) InsertWords(ids[i], blocks_[i]);
    }
    for (const AttemptId attempt : done_) {
      database_.Prepare("INSERT OR IGNORE INTO search_attempt (attempt_id) VALUES (:attempt)")
          .Bind(":attempt", attempt.value)
          .Run();
    }
    MoveOn();
    transaction.Commit();
    blocks_.clear();
    done_.clear();
    sources_.clear();
    bytes_ = 0;
  }

 private:
  struct Place {
    std::optional<std::int64_t> attempt = std::nullopt;
    std::optional<std::int64_t> cell = std::nullopt;
    std::optional<std::int64_t> chunk = std::nullopt;
    std::optional<std::int64_t> at = std::nullopt;
    std::optional<std::int64_t> bytes = std::nullopt;
    std::optional<std::int64_t> content = std::nullopt;
  };
  struct Block {
    Place place;
    std::string words;
  };

  void Add(const Place& place, std::string_view text) {
    blocks_.push_back({place, TrigramWords(SearchableText(text))});
    bytes_ += text.size();
  }

  /// Returns its id; 0 when its attempt or its content was removed meanwhile.
  std::int64_t Insert(const Place& place) {
    const int inserted = database_
                             .Prepare(R"sql(
                               INSERT INTO search_block (attempt_id, cell_index, chunk_id,
                                                         chunk_at, bytes, content_id)
                               SELECT :attempt, :cell, :chunk, :at, :bytes, :content
                               WHERE EXISTS (SELECT 1 FROM attempt WHERE id = :attempt)
                                  OR EXISTS (SELECT 1 FROM content WHERE id = :content)
                             )sql")
                             .Bind(":attempt", place.attempt)
                             .Bind(":cell", place.cell)
                             .Bind(":chunk", place.chunk)
                             .Bind(":at", place.at)
                             .Bind(":bytes", place.bytes)
                             .Bind(":content", place.content)
                             .Run();
    return inserted == 0 ? 0 : database_.LastInsertId();
  }

  void InsertWords(std::int64_t id, const Block& block) {
    Query words =
        block.place.content
            ? database_.Prepare(
                  "INSERT INTO search_source_text (rowid, trigrams) VALUES (:id, :words)")
            : database_.Prepare("INSERT INTO search_text (rowid, trigrams) VALUES (:id, :words)");
    words.Bind(":id", id).Bind(":words", block.words).Run();
  }

  /// `up_to` moves to the last attempt before the first one that is to come.
  void MoveOn() {
    database_.Execute(R"sql(
      UPDATE search_state SET up_to = coalesce(
        (SELECT min(id) - 1 FROM attempt
         WHERE id > up_to AND id NOT IN (SELECT attempt_id FROM search_attempt)),
        (SELECT max(id) FROM attempt), up_to);
      DELETE FROM search_attempt WHERE attempt_id <= (SELECT up_to FROM search_state);
    )sql");
  }

  Database& database_;
  std::vector<Block> blocks_;
  std::vector<AttemptId> done_;
  std::set<std::int64_t> sources_;
  std::size_t bytes_ = 0;
};

/// What a process left that died in the middle of the attempt.
void ForgetBlocks(Database& database, AttemptId attempt) {
  Query query = database.Prepare("SELECT 1 FROM search_block WHERE attempt_id = :attempt");
  if (!query.Bind(":attempt", attempt.value).Step()) return;
  query.Reset();
  WriteTransaction transaction(database, Durability::kProcessDeath);
  database.Prepare("DELETE FROM search_block WHERE attempt_id = :attempt")
      .Bind(":attempt", attempt.value)
      .Run();
  transaction.Commit();
}

/// At one moment: its run may be removed meanwhile.
void TakeInSources(Database& database, AttemptId attempt, Batch* batch) {
  const ReadTransaction snapshot(database);
  for (const std::int64_t source : NewSources(database, attempt)) {
    if (batch->has_source(source)) continue;
    batch->AddSource(source, ReadContent(database, source));
  }
}

void TakeIn(Database& database, AttemptId attempt, Batch* batch,
            const std::function<void()>& commit) {
  ForgetBlocks(database, attempt);
  TakeInSources(database, attempt, batch);
  for (const int cell : CellsWithOutputs(database, attempt)) {
    ReadBlocks(database, attempt, cell, [&](const StoredPlace& place, std::string_view text) {
      batch->AddOutput(attempt, cell, place, text);
      if (batch->is_full()) commit();
    });
  }
  batch->AddDone(attempt);
  if (batch->is_full()) commit();
}

/// Held as long as it lives.
class IndexLock {
 public:
  explicit IndexLock(LockFile& lock)
      : lock_(lock), is_held_(lock.TryLock(kIndexByte, LockFile::Kind::kExclusive)) {}
  IndexLock(const IndexLock&) = delete;
  IndexLock& operator=(const IndexLock&) = delete;
  ~IndexLock() {
    if (is_held_) lock_.Unlock(kIndexByte);
  }
  bool is_held() const { return is_held_; }

 private:
  LockFile& lock_;
  bool is_held_;
};

}  // namespace

bool UpdateSearchIndex(Store& store,
                       const std::function<void(std::size_t, std::size_t)>& progress) {
  Database& database = store.impl().database;
  const IndexLock lock(database.lock());
  if (!lock.is_held()) return false;
  const std::vector<AttemptId> attempts = AttemptsToDo(database);
  if (attempts.empty()) return true;
  Batch batch(database);
  std::size_t done = 0;
  const auto commit = [&] {
    progress(done, attempts.size());
    batch.Commit();
    database.BoundWal();
  };
  for (const AttemptId attempt : attempts) {
    TakeIn(database, attempt, &batch, commit);
    ++done;
  }
  commit();
  return true;
}

void TidySearchIndex(Store& store) {
  Database& database = store.impl().database;
  const IndexLock lock(database.lock());
  if (!lock.is_held()) return;
  WriteTransaction transaction(database);
  Query counts = database.Prepare(R"sql(
    SELECT (SELECT count(*) FROM search_block),
           coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'search_block'), 0)
  )sql");
  counts.Step();
  const bool is_mostly_gone = 2 * counts.Int(0) < counts.Int(1);  // of those there have been
  counts.Reset();
  if (!is_mostly_gone) return;
  database.Execute(R"sql(
    INSERT INTO search_text (search_text) VALUES ('delete-all');
    INSERT INTO search_source_text (search_source_text) VALUES ('delete-all');
    DELETE FROM search_block;
    DELETE FROM sqlite_sequence WHERE name = 'search_block';
    DELETE FROM search_attempt;
    UPDATE search_state SET up_to = 0;
  )sql");
  transaction.Commit();
}

}  // namespace cellar
