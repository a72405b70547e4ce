#include "store/cell_texts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "store/output_pieces.h"
#include "store/searchable_text.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

using Outputs = std::vector<std::pair<std::int64_t, OutputType>>;  // rows

Outputs OutputsOf(Database& database, AttemptId attempt, int cell) {
  Query row = database.Prepare(R"sql(
    SELECT output.id, output.type
    FROM cell JOIN output ON output.cell_id = cell.id
    WHERE cell.attempt_id = :attempt AND cell.cell_index = :cell AND output.cleared = 0
    ORDER BY output.number
  )sql");
  row.Bind(":attempt", attempt.value).Bind(":cell", std::int64_t{cell});
  Outputs outputs;
  while (row.Step()) outputs.emplace_back(row.Int(0), WordAt(database, row, 1, ParseOutputType));
  return outputs;
}

StoredText StreamText(Database& database, std::int64_t output) {
  StoredText read;
  Query piece = database.Prepare(
      "SELECT id, encoding, data, size FROM chunk WHERE output_id = :output ORDER BY id");
  piece.Bind(":output", output);
  while (piece.Step()) {
    read.pieces.push_back({piece.Int(0), read.text.size()});
    read.text += PieceAt(database, piece, 1);
  }
  read.text += '\n';
  return read;
}

StoredText BodyText(Database& database, std::int64_t output, OutputType type) {
  StoredText read;
  // Open up to the end: both read the same moment.
  Query piece = database.Prepare("SELECT id FROM chunk WHERE output_id = :output");
  if (!piece.Bind(":output", output).Step()) return read;
  read.pieces.push_back({piece.Int(0), 0});
  read.text = TextsOf(ReadWhole(database, output, type));
  return read;
}

}  // namespace

StoredPlace StoredText::PlaceOf(std::string_view part) const {
  const auto begin = static_cast<std::size_t>(part.data() - text.data());
  const auto behind =
      std::upper_bound(pieces.begin(), pieces.end(), begin,
                       [](std::size_t at, const Piece& piece) { return at < piece.begin; });
  const Piece& first = *std::prev(behind);
  return {first.chunk, static_cast<std::int64_t>(begin - first.begin),
          static_cast<std::int64_t>(part.size())};
}

void ReadTexts(Database& database, AttemptId attempt, int cell,
               const std::function<bool(const StoredText&)>& take) {
  // No statement stays open: `take` may write.
  for (const auto& [row, type] : OutputsOf(database, attempt, cell)) {
    const StoredText output =
        type == OutputType::kStream ? StreamText(database, row) : BodyText(database, row, type);
    if (!output.pieces.empty() && !take(output)) return;
  }
}

std::string PartReader::Read(const StoredPlace& place) {
  std::string text;
  // The output in which it begins, and those behind.
  Query row = database_.Prepare(R"sql(
    SELECT output.id, output.type
    FROM chunk JOIN output AS first ON first.id = chunk.output_id
               JOIN output ON output.cell_id = first.cell_id AND output.number >= first.number
    WHERE chunk.id = :chunk AND output.cleared = 0
    ORDER BY output.number
  )sql");
  row.Bind(":chunk", place.chunk);
  StoredPlace rest = place;
  while (rest.bytes > 0 && row.Step()) {
    const OutputType type = WordAt(database_, row, 1, ParseOutputType);
    const std::size_t before = text.size();
    if (type == OutputType::kStream) {
      AppendStream(row.Int(0), rest, &text);
    } else {
      const std::string whole = BodyText(database_, row.Int(0), type).text;
      const auto at = std::min(static_cast<std::size_t>(rest.at), whole.size());
      text += std::string_view(whole).substr(at, static_cast<std::size_t>(rest.bytes));
    }
    rest = {0, 0, rest.bytes - static_cast<std::int64_t>(text.size() - before)};
  }
  return text;
}

/// From the place's piece on, or from the first one where it has none.
void PartReader::AppendStream(std::int64_t output, const StoredPlace& place, std::string* text) {
  const std::size_t end = text->size() + static_cast<std::size_t>(place.bytes);
  auto skip = static_cast<std::size_t>(place.at);
  bool has_pieces = false;
  Query piece = database_.Prepare(
      "SELECT id, size FROM chunk WHERE output_id = :output AND id >= :chunk ORDER BY id");
  piece.Bind(":output", output).Bind(":chunk", place.chunk);
  while (text->size() < end && piece.Step()) {
    has_pieces = true;
    const auto size = static_cast<std::size_t>(piece.Int(1));
    const std::size_t begin = std::min(skip, size);
    skip -= begin;
    if (begin == size) continue;
    const std::string_view whole = Piece(piece.Int(0));
    *text += whole.substr(std::min(begin, whole.size()), end - text->size());
  }
  if (has_pieces && text->size() < end) *text += '\n';
}

/// Empty: it is not there any more.
const std::string& PartReader::Piece(std::int64_t chunk) {
  if (chunk == chunk_) return piece_;
  Query row = database_.Prepare("SELECT encoding, data, size FROM chunk WHERE id = :chunk");
  piece_ = row.Bind(":chunk", chunk).Step() ? PieceAt(database_, row, 0) : "";
  chunk_ = chunk;
  return piece_;
}

}  // namespace cellar
