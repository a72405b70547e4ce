// The texts of a cell's outputs as `search` looks through them, and any part of them. For the files
// of this folder only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/records.h"

namespace cellar {

/// Where a part of a cell's texts stands.
struct StoredPlace {
  std::int64_t chunk = 0;  // the row of the piece in which it begins
  std::int64_t at = 0;     // so many bytes into the text of that piece
  std::int64_t bytes = 0;  // may reach into the pieces and outputs that follow
};

/// What of one output is searched, escape sequences and all, with a line end behind it.
struct StoredText {
  struct Piece {
    std::int64_t chunk;
    std::size_t begin;  // in `text`
  };
  std::string text;
  std::vector<Piece> pieces;  // in order, at least one

  /// `part`: a view into `text`.
  StoredPlace PlaceOf(std::string_view part) const;
};

/// In order, one in memory at a time, without those that were cleared; until `take` returns false.
/// It may write to the store.
void ReadTexts(Database& database, AttemptId attempt, int cell,
               const std::function<bool(const StoredText&)>& take);

/// Reads parts. Of pieces that hold several it is quickest when they are asked for one after the
/// other.
class PartReader {
 public:
  explicit PartReader(Database& database) : database_(database) {}

  /// Less than the place says where the run was removed meanwhile.
  std::string Read(const StoredPlace& place);

 private:
  void AppendStream(std::int64_t output, const StoredPlace& place, std::string* text);
  const std::string& Piece(std::int64_t chunk);

  Database& database_;
  std::int64_t chunk_ = 0;  // the one that was read last
  std::string piece_;       // its text
};

}  // namespace cellar
