#include "store/output_outlines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/output_pieces.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

std::uint64_t Unsigned(const Query& row, int column) {
  return static_cast<std::uint64_t>(row.Int(column));
}

/// Adds up its pieces. `came`: bytes of all that came.
void Measure(Database& database, std::uint64_t came, OutputOutline* outline) {
  const bool is_stream = outline->type == OutputType::kStream;
  std::uint64_t end = 0;  // of what was seen, in the text as it came
  const auto skip_to = [&](std::uint64_t start) {
    if (!is_stream || start <= end) return;
    outline->missing += start - end;
    outline->gap_at = outline->kept;
  };
  Query piece =
      database.Prepare("SELECT start, size FROM chunk WHERE output_id = :output ORDER BY id");
  piece.Bind(":output", outline->row);
  while (piece.Step()) {
    skip_to(Unsigned(piece, 0));
    outline->kept += Unsigned(piece, 1);
    end = Unsigned(piece, 0) + Unsigned(piece, 1);
  }
  skip_to(came);
}

}  // namespace

std::vector<OutputOutline> FindOutlines(const Store& store, RunId run, int attempt, int cell) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<OutputOutline> outlines;
  const auto id = FindAttempt(database, run, attempt);
  if (!id) return outlines;
  Query row = database.Prepare(R"sql(
    SELECT output.id, output.number, output.type, output.stream_name, output.bytes,
           coalesce(output.replaced, 0)
    FROM cell JOIN output ON output.cell_id = cell.id
    WHERE cell.attempt_id = :attempt AND cell.cell_index = :cell AND output.cleared = 0
    ORDER BY output.number
  )sql");
  row.Bind(":attempt", id->value).Bind(":cell", std::int64_t{cell});
  while (row.Step()) {
    OutputOutline& outline = outlines.emplace_back();
    outline.row = row.Int(0);
    outline.number = static_cast<int>(row.Int(1));
    outline.type = WordAt(database, row, 2, ParseOutputType);
    outline.stream_name = row.Text(3);
    outline.replaced = row.Int(5);
    Measure(database, Unsigned(row, 4), &outline);
  }
  return outlines;
}

std::int64_t LastReplacement(const Store& store) {
  Query last =
      store.impl().database.Prepare("SELECT max(replaced) FROM output WHERE replaced IS NOT NULL");
  last.Step();
  return last.IntOrNull(0).value_or(0);
}

std::vector<int> CellsReplacedAfter(const Store& store, RunId run, int attempt,
                                    std::int64_t after) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<int> cells;
  const auto id = FindAttempt(database, run, attempt);
  if (!id) return cells;
  Query row = database.Prepare(R"sql(
    SELECT DISTINCT cell.cell_index
    FROM output INDEXED BY output_by_replaced JOIN cell ON cell.id = output.cell_id
    WHERE output.replaced > :after AND cell.attempt_id = :attempt
    ORDER BY cell.cell_index
  )sql");
  row.Bind(":after", after).Bind(":attempt", id->value);
  while (row.Step()) cells.push_back(static_cast<int>(row.Int(0)));
  return cells;
}

std::string ReadStreamText(const Store& store, const OutputOutline& stream, std::uint64_t from,
                           std::uint64_t limit) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::string text;
  std::uint64_t begin = 0;  // of the piece, in the kept text
  std::vector<std::int64_t> wanted;
  std::uint64_t skipped = 0;  // of the kept text, before the first wanted piece
  Query piece =
      database.Prepare("SELECT id, size FROM chunk WHERE output_id = :output ORDER BY id");
  piece.Bind(":output", stream.row);
  while (piece.Step() && begin < from + limit) {
    const std::uint64_t end = begin + Unsigned(piece, 1);
    if (end > from) wanted.push_back(piece.Int(0));
    if (end <= from) skipped = end;
    begin = end;
  }
  Query data = database.Prepare("SELECT encoding, data, size FROM chunk WHERE id = :chunk");
  for (const std::int64_t chunk : wanted) {
    data.Bind(":chunk", chunk);
    if (data.Step()) text += PieceAt(database, data, 0);
    data.Reset();
  }
  if (from <= skipped + text.size()) return text.substr(from - skipped, limit);
  return "";
}

std::optional<nlohmann::ordered_json> ReadOutputBody(const Store& store,
                                                     const OutputOutline& output) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  Query row = database.Prepare("SELECT 1 FROM output WHERE id = :output");
  if (!row.Bind(":output", output.row).Step()) return std::nullopt;
  return ReadWhole(database, output.row, output.type);
}

}  // namespace cellar
