#include "runner/review/api/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/number_text.h"
#include "runner/review/api/cells_json.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/json_dump.h"
#include "runner/review/run_json.h"
#include "store/attempts.h"
#include "store/output_outlines.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

/// More than this at once is not told: who watches fetches those cells instead.
constexpr std::size_t kMostAtOnce = 4 * 1024 * 1024;

/// Empty: from the beginning, with every output as it is now.
OutputCursor CursorIn(const std::string& text, const Store& store) {
  if (text.empty()) return {0, LastReplacement(store)};
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto piece = NumberOf<std::int64_t>(text.substr(0, dot));
  const auto replacement = NumberOf<std::int64_t>(dot == text.size() ? "0" : text.substr(dot + 1));
  if (piece && replacement && *piece >= 0 && *replacement >= 0) return {*piece, *replacement};
  throw Error(ErrorKind::kUsage, "after: it is to be the id of an event, or a document's cursor");
}

}  // namespace

ApiAnswer AnswerEvents(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"after", "only"});
  const std::string only = query.Text("only");
  if (!only.empty() && only != "run") {
    throw Error(ErrorKind::kUsage, "events take after=CURSOR and only=run");
  }
  const OutputCursor cursor = CursorIn(
      request.last_event_id.empty() ? query.Text("after") : request.last_event_id, *context.store);
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  ApiAnswer answer;
  answer.content_type = "text/event-stream";
  answer.headers.emplace_back("X-Accel-Buffering", "no");
  answer.stream = std::make_shared<RunWatch>(context, run->id, cursor, only == "run");
  return answer;
}

std::string ToText(const OutputCursor& cursor) {
  return fmt::format("{}.{}", cursor.piece, cursor.replacement);
}

RunWatch::RunWatch(const ApiContext& context, RunId run, const OutputCursor& cursor, bool only_run)
    : context_(context), run_(run), cursor_(cursor), only_run_(only_run) {}

std::string RunWatch::Next() {
  text_.clear();
  room_ = kMostAtOnce;
  // The state is asked for before the outputs: nothing comes behind the end of a run.
  const auto run = FindRun(*context_.store, run_);
  if (!run) {
    ended_ = true;
  } else {
    TellRun(*run);
    if (!only_run_ && run->attempt > 0) {
      if (run->attempt != attempt_) {
        told_cells_.clear();
        outputs_.clear();
      }
      attempt_ = run->attempt;
      const std::vector<int> changing = TellCells(*run);
      TellOutputs(*run);
      for (const int cell : changing) TellCleared(run->attempt, cell);
    }
    ended_ = IsEnded(run->state);
  }
  if (ended_) Tell("end", Json::object());
  return std::move(text_);
}

void RunWatch::Tell(const char* event, const Json& data, bool with_cursor) {
  if (with_cursor) text_ += fmt::format("id: {}\n", ToText(cursor_));
  text_ += fmt::format("event: {}\ndata: {}\n\n", event, DumpJson(data));
}

void RunWatch::TellRun(const RunRecord& run) {
  Json data{{"run", RunToJson(run)}, {"attempts", Json::array()}};
  for (const AttemptRecord& attempt : FindAttempts(*context_.store, run.id)) {
    data["attempts"].push_back(AttemptToJson(attempt));
  }
  std::string told = DumpJson(data);
  if (told == told_run_) return;
  told_run_ = std::move(told);
  Tell("run", data);
}

/// Returns those that may have cleared outputs.
std::vector<int> RunWatch::TellCells(const RunRecord& run) {
  std::vector<int> changing;
  for (const CellRecord& cell : FindCells(*context_.store, run.id, run.attempt)) {
    Json json = LiveCellToJson(cell);
    std::string& told = told_cells_[cell.index];
    std::string now = DumpJson(json);
    const bool has_changed = now != told;
    // Only the running cell clears outputs, and by its end everything is known.
    if (has_changed || cell.state == CellState::kRunning) changing.push_back(cell.index);
    if (!has_changed) continue;
    told = std::move(now);
    Tell("cell", {{"attempt", run.attempt}, {"cell", std::move(json)}});
  }
  return changing;
}

void RunWatch::TellCleared(int attempt, int cell) {
  std::set<int> numbers;
  for (const OutputOutline& outline : FindOutlines(*context_.store, run_, attempt, cell)) {
    numbers.insert(outline.number);
  }
  std::set<int>& before = outputs_[cell];
  bool has_lost = false;
  for (const int number : before) has_lost = has_lost || !numbers.contains(number);
  before = std::move(numbers);
  if (has_lost) Tell("outputs", {{"attempt", attempt}, {"cell", cell}});
}

void RunWatch::TellOutputs(const RunRecord& run) {
  anew_.clear();
  FindReplaced(run.attempt);
  ReadLog(*context_.store, run.id, cursor_.piece, [&](const LogPiece& piece) {
    cursor_.piece = piece.cursor;
    TellPiece(run.attempt, piece);
  });
  for (const int cell : anew_) Tell("outputs", {{"attempt", run.attempt}, {"cell", cell}}, true);
}

void RunWatch::FindReplaced(int attempt) {
  const std::int64_t last = LastReplacement(*context_.store);
  if (last == cursor_.replacement) return;
  for (const int cell : CellsReplacedAfter(*context_.store, run_, attempt, cursor_.replacement)) {
    anew_.insert(cell);
  }
  cursor_.replacement = last;
}

void RunWatch::TellPiece(int attempt, const LogPiece& piece) {
  outputs_[piece.cell].insert(piece.number);
  if (anew_.contains(piece.cell)) return;
  const std::size_t before = text_.size();
  Json data{{"attempt", attempt}, {"cell", piece.cell}, {"number", piece.number}};
  if (piece.type == OutputType::kStream) {
    if (piece.text.size() <= room_) {
      data["name"] = piece.stream_name;
      data["append"] = piece.text;
      data["at"] = piece.at;
      data["bytes"] = piece.text.size();
    }
  } else {
    AnswerRoom room{room_, room_};
    data["output"] =
        OutputToJson(context_, {{run_, attempt, piece.cell}, piece.number}, piece.body, &room);
  }
  if (data.contains("append") || data.contains("output")) {
    Tell("output", data, true);
    room_ -= std::min(room_, text_.size() - before);
  } else {  // too much
    anew_.insert(piece.cell);
  }
}

}  // namespace cellar
