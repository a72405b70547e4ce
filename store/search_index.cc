#include "store/search_index.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "store/contents.h"
#include "store/history.h"
#include "store/searchable_text.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

// In the lock file, held by whoever fills the index. No worker has this number.
constexpr std::int64_t kIndexByte = std::int64_t{1} << 62;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchBlocks = 500;

struct EndedAttempt {
  AttemptId id;
  RunId run;
  int number = 1;
};

std::vector<EndedAttempt> AttemptsToDo(Database& database) {
  Query query = database.Prepare(R"sql(
    SELECT id, run_id, number FROM attempt
    WHERE id > (SELECT up_to FROM search_state) AND finished_at IS NOT NULL
      AND id NOT IN (SELECT attempt_id FROM search_attempt)
    ORDER BY id
  )sql");
  std::vector<EndedAttempt> attempts;
  while (query.Step()) {
    attempts.push_back(
        {AttemptId{query.Int(0)}, RunId{query.Int(1)}, static_cast<int>(query.Int(2))});
  }
  return attempts;
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
    for (const auto block : BlocksOf(text)) Add({std::nullopt, std::nullopt, content}, block);
  }
  void AddOutput(AttemptId attempt, int cell, std::string_view block) {
    Add({attempt.value, cell, std::nullopt}, block);
  }
  void AddDone(AttemptId attempt) { done_.push_back(attempt); }

  bool is_full() const { return bytes_ >= kBatchBytes || blocks_.size() >= kBatchBlocks; }

  void Commit() {
    WriteTransaction transaction(database_, Durability::kProcessDeath);
    for (const Block& block : blocks_) Insert(block);
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
    std::optional<std::int64_t> attempt;
    std::optional<std::int64_t> cell;
    std::optional<std::int64_t> content;
  };
  struct Block {
    Place place;
    std::string words;
  };

  void Add(const Place& place, std::string_view text) {
    blocks_.push_back({place, TrigramWords(text)});
    bytes_ += text.size();
  }

  /// Nothing when its attempt or its content was removed meanwhile.
  void Insert(const Block& block) {
    const int inserted = database_
                             .Prepare(R"sql(
                               INSERT INTO search_block (attempt_id, cell_index, content_id)
                               SELECT :attempt, :cell, :content
                               WHERE EXISTS (SELECT 1 FROM attempt WHERE id = :attempt)
                                  OR EXISTS (SELECT 1 FROM content WHERE id = :content)
                             )sql")
                             .Bind(":attempt", block.place.attempt)
                             .Bind(":cell", block.place.cell)
                             .Bind(":content", block.place.content)
                             .Run();
    if (inserted == 0) return;
    const std::int64_t id = database_.LastInsertId();
    database_.Prepare("INSERT INTO search_text (rowid, trigrams) VALUES (:id, :words)")
        .Bind(":id", id)
        .Bind(":words", block.words)
        .Run();
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

void TakeIn(const Store& store, const EndedAttempt& attempt, Batch* batch,
            const std::function<void()>& commit) {
  Database& database = store.impl().database;
  ForgetBlocks(database, attempt.id);
  for (const std::int64_t source : NewSources(database, attempt.id)) {
    if (batch->has_source(source)) continue;
    batch->AddSource(source, SearchableText(ReadContent(database, source)));
  }
  for (const CellRecord& cell : FindCells(store, attempt.run, attempt.number)) {
    if (cell.output_bytes == 0) continue;
    std::string text;
    for (const OutputRecord& output : FindOutputs(store, attempt.run, attempt.number, cell.index)) {
      text += SearchableText(output);
    }
    for (const auto block : BlocksOf(text)) {
      batch->AddOutput(attempt.id, cell.index, block);
      if (batch->is_full()) commit();
    }
  }
  batch->AddDone(attempt.id);
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
  const std::vector<EndedAttempt> attempts = AttemptsToDo(database);
  if (attempts.empty()) return true;
  Batch batch(database);
  std::size_t done = 0;
  const auto commit = [&] {
    progress(done, attempts.size());
    batch.Commit();
    database.BoundWal();
  };
  for (const EndedAttempt& attempt : attempts) {
    TakeIn(store, attempt, &batch, commit);
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
    DELETE FROM search_block;
    DELETE FROM sqlite_sequence WHERE name = 'search_block';
    DELETE FROM search_attempt;
    UPDATE search_state SET up_to = 0;
  )sql");
  transaction.Commit();
}

}  // namespace cellar
