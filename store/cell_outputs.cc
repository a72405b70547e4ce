#include "store/cell_outputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "jobs/duration.h"
#include "store/contents.h"
#include "store/packing.h"
#include "store/shrink_body.h"
#include "store/store_impl.h"

namespace cellar {
namespace {

constexpr std::size_t kInlineBody = 1024;  // larger ones are stored once by content
constexpr std::size_t kNamesInEvent = 5;
constexpr std::string_view kDroppedMark = "; dropped ";

}  // namespace

CellOutputs::CellOutputs(AttemptId attempt, std::int64_t cell, std::uint64_t limit)
    : attempt_(attempt), cell_(cell), cap_(limit) {}

CellOutputs CellOutputs::Load(Database& database, AttemptId attempt, std::int64_t cell,
                              std::uint64_t limit) {
  CellOutputs outputs(attempt, cell, limit);
  Query find = database.Prepare("SELECT output_bytes FROM cell WHERE id = :cell");
  find.Bind(":cell", cell).Step();
  outputs.written_came_ = static_cast<std::uint64_t>(find.Int(0));
  if (outputs.written_came_ == 0) return outputs;
  OutputCap::Kept kept;
  kept.came = outputs.written_came_;
  Query chunks = database.Prepare(R"sql(
    SELECT chunk.id, chunk.size, chunk.in_tail
    FROM output JOIN chunk ON chunk.output_id = output.id
    WHERE output.cell_id = :cell ORDER BY chunk.id
  )sql");
  chunks.Bind(":cell", cell);
  while (chunks.Step()) {
    const auto size = static_cast<std::uint64_t>(chunks.Int(1));
    if (chunks.Int(2) == 0) {
      kept.head += size;
    } else {
      kept.tail.push_back(size);
      outputs.tail_chunks_.push_back(chunks.Int(0));
    }
  }
  outputs.LoadEvent(database);
  kept.has_cut = outputs.event_.has_value();
  outputs.cap_ = OutputCap(limit, std::move(kept));
  return outputs;
}

void CellOutputs::Add(Database& database, const change::AddOutput& output) {
  if (output.type == OutputType::kStream) {
    stream_ = Stream{output.number, InsertOutput(database, output), 0};
    return;
  }
  ShrunkBody shrunk;
  const std::string* body = &output.body;
  if (!cap_.Fits(body->size())) {
    shrunk = ShrinkBody(*body);
    NoteDropped(shrunk.dropped);
    body = &shrunk.body;
  }
  if (!cap_.Fits(body->size())) return cap_.Drop(output.body.size());
  const OutputCap::Verdict verdict = cap_.TakeWhole(output.body.size(), body->size());
  ForgetOldest(database, verdict.forget);
  const std::int64_t row = InsertOutput(database, output);
  SetBytes(database, row, static_cast<std::int64_t>(output.body.size()));
  const std::int64_t chunk = WriteChunk(
      database,
      {std::nullopt, row, 0, *body, verdict.pieces.front().in_tail, body->size() >= kInlineBody});
  if (verdict.pieces.front().in_tail) tail_chunks_.push_back(chunk);
}

void CellOutputs::Append(Database& database, int number, std::string_view text) {
  if (!FindStream(database, number)) return cap_.Drop(text.size());
  const OutputCap::Verdict verdict = cap_.TakeText(text);
  ForgetOldest(database, verdict.forget);
  for (const OutputCap::Piece& piece : verdict.pieces) {
    const std::int64_t chunk =
        WriteChunk(database, {std::nullopt, stream_->output,
                              stream_->size + static_cast<std::int64_t>(piece.begin),
                              text.substr(piece.begin, piece.size), piece.in_tail, false});
    if (piece.in_tail) tail_chunks_.push_back(chunk);
  }
  stream_->size += static_cast<std::int64_t>(text.size());
  SetBytes(database, stream_->output, stream_->size);
}

void CellOutputs::Replace(Database& database, int number, const std::string& body) {
  Query find = database.Prepare(R"sql(
    SELECT output.id, chunk.id, chunk.size, chunk.content_id, output.bytes
    FROM output JOIN chunk ON chunk.output_id = output.id
    WHERE output.cell_id = :cell AND output.number = :number AND output.type <> 'stream'
  )sql");
  // The limit may have taken it away meanwhile.
  if (!find.Bind(":cell", cell_).Bind(":number", std::int64_t{number}).Step()) return;
  const std::int64_t output = find.Int(0);
  const std::int64_t chunk = find.Int(1);
  const auto size = static_cast<std::uint64_t>(find.Int(2));
  const std::optional<std::int64_t> content = find.IntOrNull(3);
  find.Reset();
  ShrunkBody shrunk{body, {}};
  if (!cap_.Resize(PlaceInTail(chunk), size, body.size())) {
    shrunk = ShrinkBody(body);
    NoteDropped(shrunk.dropped);
    const bool fits = cap_.Resize(PlaceInTail(chunk), size, shrunk.body.size());
    cap_.Drop(fits ? body.size() - shrunk.body.size() : body.size());
    if (!fits) return;  // the output stays as it was
  }
  WriteChunk(database, {chunk, output, 0, shrunk.body, PlaceInTail(chunk) != OutputCap::kInHead,
                        shrunk.body.size() >= kInlineBody});
  if (content) DropContent(database, *content);
  database
      .Prepare(R"sql(
        UPDATE output SET bytes = :bytes, replaced = 1 + coalesce(
          (SELECT max(replaced) FROM output WHERE replaced IS NOT NULL), 0)
        WHERE id = :output
      )sql")
      .Bind(":bytes", static_cast<std::int64_t>(body.size()))
      .Bind(":output", output)
      .Run();
}

void CellOutputs::Clear(Database& database) {
  database.Prepare("UPDATE output SET cleared = 1 WHERE cell_id = :cell AND cleared = 0")
      .Bind(":cell", cell_)
      .Run();
}

void CellOutputs::Lose(std::uint64_t bytes) { came_unstored_ += bytes; }

void CellOutputs::WriteTotals(Database& database, TimePoint now) {
  if (came() != written_came_) {
    written_came_ = came();
    database.Prepare("UPDATE cell SET output_bytes = :bytes WHERE id = :cell")
        .Bind(":bytes", static_cast<std::int64_t>(written_came_))
        .Bind(":cell", cell_)
        .Run();
    if (cap_.has_cut()) WriteEvent(database, now);
  }
}

std::int64_t CellOutputs::InsertOutput(Database& database, const change::AddOutput& output) {
  const bool is_stream = output.type == OutputType::kStream;
  Query insert = database.Prepare(R"sql(
    INSERT INTO output (cell_id, number, type, stream_name, display_id)
    VALUES (:cell, :number, :type, :stream_name, :display_id)
  )sql");
  insert.Bind(":cell", cell_)
      .Bind(":number", std::int64_t{output.number})
      .Bind(":type", ToWord(output.type))
      .Bind(":stream_name", is_stream ? std::optional(output.stream_name) : std::nullopt)
      .Bind(":display_id",
            output.display_id.empty() ? std::nullopt : std::optional(output.display_id));
  insert.Run();
  return database.LastInsertId();
}

bool CellOutputs::FindStream(Database& database, int number) {
  if (stream_ && stream_->number == number) return true;
  Query find = database.Prepare(R"sql(
    SELECT id, bytes FROM output
    WHERE cell_id = :cell AND number = :number AND type = 'stream'
  )sql");
  if (!find.Bind(":cell", cell_).Bind(":number", std::int64_t{number}).Step()) return false;
  stream_ = Stream{number, find.Int(0), find.Int(1)};
  return true;
}

std::int64_t CellOutputs::WriteChunk(Database& database, const NewChunk& chunk) {
  Query write = database.Prepare(R"sql(
    INSERT OR REPLACE INTO chunk (id, attempt_id, output_id, start, size, in_tail, encoding, data,
                                  content_id)
    VALUES (:id, :attempt, :output, :start, :size, :in_tail, :encoding, :data, :content)
  )sql");
  write.Bind(":id", chunk.id)
      .Bind(":attempt", attempt_.value)
      .Bind(":output", chunk.output)
      .Bind(":start", chunk.start)
      .Bind(":size", static_cast<std::int64_t>(chunk.text.size()))
      .Bind(":in_tail", std::int64_t{chunk.in_tail});
  if (chunk.by_content) {
    write.Bind(":content", StoreContent(database, chunk.text))
        .BindNull(":encoding")
        .BindNull(":data")
        .Run();
  } else {
    const Packed packed = Pack(chunk.text);
    write.BindNull(":content")
        .Bind(":encoding", packed.encoding)
        .BindBlob(":data", packed.data)
        .Run();
  }
  return database.LastInsertId();
}

void CellOutputs::SetBytes(Database& database, std::int64_t output, std::int64_t bytes) {
  database.Prepare("UPDATE output SET bytes = :bytes WHERE id = :output")
      .Bind(":bytes", bytes)
      .Bind(":output", output)
      .Run();
}

void CellOutputs::ForgetOldest(Database& database, std::size_t count) {
  Query take = database.Prepare("SELECT output_id, content_id FROM chunk WHERE id = :chunk");
  Query drop = database.Prepare("DELETE FROM chunk WHERE id = :chunk");
  Query drop_output = database.Prepare(R"sql(
    DELETE FROM output WHERE id = :output AND id IS NOT :open
      AND NOT EXISTS (SELECT 1 FROM chunk WHERE output_id = :output)
  )sql");
  drop_output.Bind(":open", stream_ ? std::optional(stream_->output) : std::nullopt);
  for (; count > 0; --count) {
    const std::int64_t chunk = tail_chunks_.front();
    tail_chunks_.pop_front();
    if (!take.Bind(":chunk", chunk).Step()) continue;
    const std::int64_t output = take.Int(0);
    const std::optional<std::int64_t> content = take.IntOrNull(1);
    take.Reset();
    drop.Bind(":chunk", chunk).Run();
    if (content) DropContent(database, *content);
    drop_output.Bind(":output", output).Run();
  }
}

void CellOutputs::LoadEvent(Database& database) {
  Query find = database.Prepare(R"sql(
    SELECT id, detail FROM event WHERE cell_id = :cell AND kind = 'outputs_truncated'
    ORDER BY id DESC LIMIT 1
  )sql");
  if (!find.Bind(":cell", cell_).Step()) return;
  event_ = find.Int(0);
  const std::string detail = find.Text(1);
  const auto names = detail.find(kDroppedMark);
  if (names != std::string::npos) NoteDropped({detail.substr(names + kDroppedMark.size())});
}

void CellOutputs::NoteDropped(const std::vector<std::string>& dropped) {
  dropped_count_ += dropped.size();
  for (const std::string& name : dropped) {
    if (dropped_.size() < kNamesInEvent) dropped_.push_back(name);
  }
}

std::size_t CellOutputs::PlaceInTail(std::int64_t chunk) const {
  const auto found = std::lower_bound(tail_chunks_.begin(), tail_chunks_.end(), chunk);
  if (found == tail_chunks_.end() || *found != chunk) return OutputCap::kInHead;
  return static_cast<std::size_t>(found - tail_chunks_.begin());
}

std::string CellOutputs::TruncationDetail() const {
  std::string detail =
      fmt::format("kept {} of {}; output_per_cell is {}", FormatByteSize(cap_.kept()),
                  FormatByteSize(cap_.came()), FormatByteSize(cap_.limit()));
  if (dropped_count_ == 0) return detail;
  detail += fmt::format("{}{}", kDroppedMark, fmt::join(dropped_, ", "));
  if (dropped_count_ > dropped_.size()) {
    detail += fmt::format(" and {} more", dropped_count_ - dropped_.size());
  }
  return detail;
}

void CellOutputs::WriteEvent(Database& database, TimePoint now) {
  if (event_) {
    database.Prepare("UPDATE event SET detail = :detail WHERE id = :event")
        .Bind(":detail", TruncationDetail())
        .Bind(":event", *event_)
        .Run();
    return;
  }
  database
      .Prepare(R"sql(
        INSERT INTO event (cell_id, kind, at, detail)
        VALUES (:cell, 'outputs_truncated', :now, :detail)
      )sql")
      .Bind(":cell", cell_)
      .Bind(":now", ToMillis(now))
      .Bind(":detail", TruncationDetail())
      .Run();
  event_ = database.LastInsertId();
}

}  // namespace cellar
