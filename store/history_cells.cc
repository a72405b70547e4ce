// The cells of a run, their outputs, and what came in order.
#include <map>
#include <utility>

#include "store/contents.h"
#include "store/history.h"
#include "store/output_pieces.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

std::map<int, std::vector<EventRecord>> FindEvents(Database& database, AttemptId attempt) {
  std::map<int, std::vector<EventRecord>> events;
  Query query = database.Prepare(R"sql(
    SELECT cell.cell_index, event.kind, event.at, event.detail
    FROM cell JOIN event ON event.cell_id = cell.id
    WHERE cell.attempt_id = :attempt ORDER BY event.id
  )sql");
  query.Bind(":attempt", attempt.value);
  while (query.Step()) {
    events[static_cast<int>(query.Int(0))].push_back(
        {WordAt(database, query, 1, ParseEventKind), FromMillis(query.Int(2)), query.Text(3)});
  }
  return events;
}

CellRecord ReadCell(Database& database, const Query& row) {
  CellRecord cell;
  cell.index = static_cast<int>(row.Int(0));
  cell.name = row.Text(1);
  cell.kind = WordAt(database, row, 2, ParseCellKind);
  cell.source =
      UnpackOrFail(database, row.Text(3), row.Text(4), static_cast<std::uint64_t>(row.Int(5)));
  cell.file = row.Text(6);
  cell.line = static_cast<int>(row.Int(7));
  cell.state = WordAt(database, row, 8, ParseCellState);
  if (!row.IsNull(9)) cell.reason = WordAt(database, row, 9, ParseCellReason);
  cell.message = row.Text(10);
  if (!row.IsNull(11)) cell.execution_count = static_cast<int>(row.Int(11));
  cell.started_at = TimeOrNull(row, 12);
  cell.duration = MillisOrNull(row, 13);
  cell.output_bytes = static_cast<std::uint64_t>(row.Int(14));
  return cell;
}

/// Puts a stream together from its pieces. `bytes`: what came in all.
void ReadStream(Database& database, std::int64_t output, const std::string& name,
                std::uint64_t bytes, OutputRecord* record) {
  std::string text;
  std::uint64_t end = 0;  // of what was read, in the text as it came
  const auto skip_to = [&](std::uint64_t start) {
    if (start <= end) return;
    record->missing += start - end;
    record->gap_at = text.size();
  };
  Query pieces = database.Prepare(
      "SELECT start, encoding, data, size FROM chunk WHERE output_id = :output ORDER BY id");
  pieces.Bind(":output", output);
  while (pieces.Step()) {
    const auto start = static_cast<std::uint64_t>(pieces.Int(0));
    skip_to(start);
    text += PieceAt(database, pieces, 1);
    end = start + static_cast<std::uint64_t>(pieces.Int(3));
  }
  skip_to(bytes);
  record->body = {{"output_type", "stream"}, {"name", name}, {"text", std::move(text)}};
}

LogPiece ReadLogPiece(Database& database, const Query& row) {
  LogPiece piece;
  piece.cursor = row.Int(0);
  piece.cell = static_cast<int>(row.Int(1));
  piece.number = static_cast<int>(row.Int(2));
  piece.type = WordAt(database, row, 3, ParseOutputType);
  std::string text = PieceAt(database, row, 5);
  if (piece.type == OutputType::kStream) {
    piece.stream_name = row.Text(4);
    piece.at = static_cast<std::uint64_t>(row.Int(8));
    piece.text = std::move(text);
  } else {
    piece.body = WholeBody(database, piece.type, text);
  }
  return piece;
}

/// The first piece behind `after`. No statement stays open, so that a slow reader holds no old
/// pages in the WAL.
std::optional<LogPiece> PieceBehind(Database& database, AttemptId attempt, std::int64_t after) {
  Query query = database.Prepare(R"sql(
    SELECT chunk.id, cell.cell_index, output.number, output.type, output.stream_name,
           coalesce(chunk.encoding, content.encoding), coalesce(chunk.data, content.data),
           chunk.size, chunk.start
    FROM chunk JOIN output ON output.id = chunk.output_id JOIN cell ON cell.id = output.cell_id
               LEFT JOIN content ON content.id = chunk.content_id
    WHERE chunk.attempt_id = :attempt AND chunk.id > :after ORDER BY chunk.id LIMIT 1
  )sql");
  if (!query.Bind(":attempt", attempt.value).Bind(":after", after).Step()) return std::nullopt;
  return ReadLogPiece(database, query);
}

}  // namespace

std::vector<CellRecord> FindCells(const Store& store, RunId run, int attempt) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<CellRecord> cells;
  const std::optional<AttemptId> id = FindAttempt(database, run, attempt);
  if (!id) return cells;
  auto events = FindEvents(database, *id);
  Query query = database.Prepare(R"sql(
    SELECT cell.cell_index, cell.name, cell.kind, content.encoding, content.data, content.size,
           cell.file, cell.line, cell.state, cell.reason, cell.message, cell.execution_count,
           cell.started_at, cell.duration_ms, cell.output_bytes
    FROM cell JOIN content ON content.id = cell.source_id
    WHERE cell.attempt_id = :attempt ORDER BY cell.cell_index
  )sql");
  query.Bind(":attempt", id->value);
  while (query.Step()) {
    cells.push_back(ReadCell(database, query));
    cells.back().events = std::move(events[cells.back().index]);
  }
  return cells;
}

std::vector<OutputRecord> FindOutputs(const Store& store, RunId run, int attempt, int cell,
                                      bool with_cleared) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<OutputRecord> outputs;
  const std::optional<AttemptId> id = FindAttempt(database, run, attempt);
  if (!id) return outputs;
  Query query = database.Prepare(R"sql(
    SELECT output.id, output.number, output.type, output.stream_name, output.cleared, output.bytes
    FROM cell JOIN output ON output.cell_id = cell.id
    WHERE cell.attempt_id = :attempt AND cell.cell_index = :cell AND output.cleared <= :cleared
    ORDER BY output.number
  )sql");
  query.Bind(":attempt", id->value).Bind(":cell", std::int64_t{cell});
  query.Bind(":cleared", std::int64_t{with_cleared});
  while (query.Step()) {
    OutputRecord& record = outputs.emplace_back();
    record.number = static_cast<int>(query.Int(1));
    record.cleared = query.Int(4) == 1;
    const OutputType type = WordAt(database, query, 2, ParseOutputType);
    if (type == OutputType::kStream) {
      ReadStream(database, query.Int(0), query.Text(3), static_cast<std::uint64_t>(query.Int(5)),
                 &record);
    } else {
      record.body = ReadWhole(database, query.Int(0), type);
    }
  }
  return outputs;
}

std::optional<LogPiece> NextLogPiece(const Store& store, RunId run, std::int64_t after) {
  Database& database = store.impl().database;
  const std::optional<AttemptId> attempt = FindAttempt(database, run, 0);
  return attempt ? PieceBehind(database, *attempt, after) : std::nullopt;
}

void ReadLog(const Store& store, RunId run, std::int64_t after,
             const std::function<void(LogPiece&&)>& take) {
  Database& database = store.impl().database;
  const std::optional<AttemptId> attempt = FindAttempt(database, run, 0);
  if (!attempt) return;
  while (std::optional<LogPiece> piece = PieceBehind(database, *attempt, after)) {
    after = piece->cursor;
    take(*std::move(piece));
  }
}

}  // namespace cellar
