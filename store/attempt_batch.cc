#include "store/attempt_batch.h"

#include <fmt/format.h>

#include "jobs/error.h"
#include "store/attempt_end.h"
#include "store/contents.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

std::optional<double> CountOrNull(const std::optional<Millis>& duration) {
  return duration ? std::optional(duration->count()) : std::nullopt;
}

}  // namespace

AttemptBatch::AttemptBatch(Database& database, AttemptId attempt, std::uint64_t output_limit,
                           const OutputsByCell& before, TimePoint now)
    : database_(database),
      attempt_(attempt),
      output_limit_(output_limit),
      before_(before),
      now_(now) {}

void AttemptBatch::Apply(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    std::visit([this](const auto& one) { Do(one); }, change);
  }
  WriteTotals();
}

void AttemptBatch::Do(const change::Place& change) {
  database_
      .Prepare(R"sql(
        UPDATE attempt SET gateway = :gateway, kernelspec = :kernelspec WHERE id = :attempt
      )sql")
      .Bind(":gateway", change.place.gateway)
      .Bind(":kernelspec", change.place.kernelspec)
      .Bind(":attempt", attempt_.value)
      .Run();
}

void AttemptBatch::Do(const change::ParameterCell& change) {
  // Two steps past all indexes: UNIQUE is checked row by row.
  database_
      .Prepare(R"sql(
        UPDATE cell SET cell_index = cell_index + 1000000000
        WHERE attempt_id = :attempt AND cell_index >= :index
      )sql")
      .Bind(":attempt", attempt_.value)
      .Bind(":index", std::int64_t{change.index})
      .Run();
  database_
      .Prepare(R"sql(
        UPDATE cell SET cell_index = cell_index - 999999999
        WHERE attempt_id = :attempt AND cell_index >= 1000000000
      )sql")
      .Bind(":attempt", attempt_.value)
      .Run();
  database_
      .Prepare(R"sql(
        INSERT INTO cell (attempt_id, cell_index, name, kind, source_id, file, line, state)
        VALUES (:attempt, :index, '', 'parameters', :source, '', 1, 'pending')
      )sql")
      .Bind(":attempt", attempt_.value)
      .Bind(":index", std::int64_t{change.index})
      .Bind(":source", StoreContent(database_, change.source))
      .Run();
}

void AttemptBatch::Do(const change::KernelReady& change) {
  database_.Prepare("UPDATE attempt SET kernel_start_ms = :duration WHERE id = :attempt")
      .Bind(":duration", change.kernel_start.count())
      .Bind(":attempt", attempt_.value)
      .Run();
}

void AttemptBatch::Do(const change::BeginCell& change) {
  now_ = change.at;
  Query begin = database_.Prepare(R"sql(
    UPDATE cell
    SET state = 'running', started_at = :at, msg_id = :msg_id, ws_session_id = :session
    WHERE id = :cell AND state = 'pending'
  )sql");
  begin.Bind(":at", ToMillis(change.at))
      .Bind(":msg_id", change.msg_id)
      .Bind(":session", change.ws_session_id)
      .Bind(":cell", RowOf(change.cell));
  ChangeOne(begin, fmt::format("cell {} cannot begin", change.cell));
}

void AttemptBatch::Do(const change::AddOutput& change) {
  OutputsOf(change.cell).Add(database_, change);
}

void AttemptBatch::Do(const change::AppendText& change) {
  OutputsOf(change.cell).Append(database_, change.number, change.text);
}

void AttemptBatch::Do(const change::ReplaceBody& change) {
  OutputsOf(change.cell).Replace(database_, change.number, change.body);
}

void AttemptBatch::Do(const change::ClearOutputs& change) {
  OutputsOf(change.cell).Clear(database_);
}

void AttemptBatch::Do(const change::LoseOutput& change) {
  OutputsOf(change.cell).Lose(change.bytes);
}

void AttemptBatch::Do(const change::AddEvent& change) {
  now_ = change.at;
  database_
      .Prepare("INSERT INTO event (cell_id, kind, at, detail) VALUES (:cell, :kind, :at, :detail)")
      .Bind(":cell", RowOf(change.cell))
      .Bind(":kind", ToWord(change.kind))
      .Bind(":at", ToMillis(change.at))
      .Bind(":detail", change.detail)
      .Run();
}

void AttemptBatch::Do(const change::EndCell& change) {
  now_ = change.at;
  Query end = database_.Prepare(R"sql(
    UPDATE cell
    SET state = :state, reason = :reason, message = :message, execution_count = :count,
        duration_ms = :duration
    WHERE id = :cell AND state = 'running'
  )sql");
  end.Bind(":state", ToWord(change.end.state))
      .Bind(":reason", WordOrNull(change.end.reason))
      .Bind(":message", change.end.message)
      .Bind(":count", change.end.execution_count
                          ? std::optional<std::int64_t>(*change.end.execution_count)
                          : std::nullopt)
      .Bind(":duration", CountOrNull(change.end.duration))
      .Bind(":cell", RowOf(change.cell));
  ChangeOne(end, fmt::format("cell {} cannot end as {}", change.cell, ToWord(change.end.state)));
}

void AttemptBatch::Do(const change::PassOver& change) {
  Query pass =
      database_.Prepare("UPDATE cell SET state = :state WHERE id = :cell AND state = 'pending'");
  pass.Bind(":state", ToWord(change.state)).Bind(":cell", RowOf(change.cell));
  ChangeOne(pass, fmt::format("cell {} cannot be passed over", change.cell));
}

void AttemptBatch::Do(const change::End& change) {
  now_ = change.at;
  WriteTotals();  // the last moment: nothing of an ended attempt can be written
  EndAttempt(database_, attempt_, change.end, change.at);
}

void AttemptBatch::WriteTotals() {
  for (auto& [index, outputs] : touched_) outputs.WriteTotals(database_, now_);
}

CellOutputs& AttemptBatch::OutputsOf(int cell) {
  if (const auto found = touched_.find(cell); found != touched_.end()) return found->second;
  if (const auto found = before_.find(cell); found != before_.end()) {
    return touched_.emplace(cell, found->second).first->second;
  }
  return touched_.emplace(cell, CellOutputs::Load(database_, attempt_, RowOf(cell), output_limit_))
      .first->second;
}

std::int64_t AttemptBatch::RowOf(int cell) {
  Query find =
      database_.Prepare("SELECT id FROM cell WHERE attempt_id = :attempt AND cell_index = :cell");
  if (find.Bind(":attempt", attempt_.value).Bind(":cell", std::int64_t{cell}).Step()) {
    return find.Int(0);
  }
  throw Error(ErrorKind::kStore, fmt::format("store {}: there is no cell {} in attempt row {}",
                                             database_.file().string(), cell, attempt_.value));
}

void AttemptBatch::ChangeOne(Query& update, std::string_view what) {
  if (update.Run() == 1) return;
  throw Error(
      ErrorKind::kStore,
      fmt::format("store {}: {}: it is not in the state that this needs; nothing was changed",
                  database_.file().string(), what));
}

}  // namespace cellar
