// Writes the outputs of one cell, within the limit. Everything happens in the caller's write
// transaction; when that is rolled back, so must this be (it is copied before).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/changes.h"
#include "store/database.h"
#include "store/output_cap.h"

namespace cellar {

class CellOutputs {
 public:
  /// `cell`: its row.
  CellOutputs(AttemptId attempt, std::int64_t cell, std::uint64_t limit);
  /// Where another writer of the attempt left it; the same as new when nothing came yet.
  static CellOutputs Load(Database& database, AttemptId attempt, std::int64_t cell,
                          std::uint64_t limit);

  std::int64_t cell() const { return cell_; }

  void Add(Database& database, const change::AddOutput& output);
  void Append(Database& database, int number, std::string_view text);
  void Replace(Database& database, int number, const std::string& body);
  void Clear(Database& database);
  /// Counts what came and could not be stored.
  void Lose(std::uint64_t bytes);

  /// Writes the cell's true size, and the event that says what the limit took. After all changes
  /// of a transaction.
  void WriteTotals(Database& database, TimePoint now);

 private:
  struct Stream {
    int number;
    std::int64_t output;
    std::int64_t size;
  };
  struct NewChunk {
    std::optional<std::int64_t> id;  // of the one that it replaces
    std::int64_t output;
    std::int64_t start;
    std::string_view text;
    bool in_tail;
    bool by_content;  // stored once, however often it comes
  };

  void LoadEvent(Database& database);
  std::uint64_t came() const { return cap_.came() + came_unstored_; }
  std::int64_t InsertOutput(Database& database, const change::AddOutput& output);
  bool FindStream(Database& database, int number);
  std::int64_t WriteChunk(Database& database, const NewChunk& chunk);
  void SetBytes(Database& database, std::int64_t output, std::int64_t bytes);
  void ForgetOldest(Database& database, std::size_t count);
  void WriteEvent(Database& database, TimePoint now);
  void NoteDropped(const std::vector<std::string>& dropped);
  std::size_t PlaceInTail(std::int64_t chunk) const;
  std::string TruncationDetail() const;

  AttemptId attempt_;
  std::int64_t cell_;
  OutputCap cap_;
  std::deque<std::int64_t> tail_chunks_;  // rows, ascending; one a piece of the cap's tail
  std::optional<Stream> stream_;          // the one that text was last appended to
  std::vector<std::string> dropped_;      // the first few, for the event
  std::size_t dropped_count_ = 0;
  std::uint64_t came_unstored_ = 0;
  std::uint64_t written_came_ = 0;
  std::optional<std::int64_t> event_;
};

}  // namespace cellar
