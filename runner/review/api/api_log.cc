// GET /runs/{run}/log: the outputs of a run as they came, and as they come.
#include <nlohmann/json.hpp>
#include <utility>

#include "runner/cell_choice.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/json_dump.h"
#include "runner/review/run_json.h"

namespace cellar {
namespace {

constexpr std::size_t kLogPiece = 256 * 1024;
constexpr int kMostLookedAt = 5000;  // pieces, of other cells, too: others wait meanwhile

class LogStream : public AnswerStream {
 public:
  /// `follows`: up to the end of the run.
  LogStream(const Store& store, RunId run, NamedCell wanted, bool follows)
      : store_(store), run_(run), wanted_(std::move(wanted)), follows_(follows) {}

  std::string Next() override {
    // The state is asked for before the log is read: nothing comes behind the end of a run.
    if (follows_ && !run_has_ended_) {
      const auto run = FindRun(store_, run_);
      run_has_ended_ = !run || IsEnded(run->state);
    }
    std::string lines;
    for (int looked_at = 0; looked_at < kMostLookedAt && lines.size() < kLogPiece; ++looked_at) {
      const std::optional<LogPiece> piece = NextLogPiece(store_, run_, cursor_);
      if (!piece) {
        ended_ = !follows_ || run_has_ended_;
        break;
      }
      cursor_ = piece->cursor;
      if (wanted_.Has(piece->cell)) lines += DumpJson(LogPieceToJson(*piece)) + "\n";
    }
    return lines;
  }
  bool ended() const override { return ended_; }
  std::string_view heartbeat() const override { return "\n"; }

 private:
  const Store& store_;
  RunId run_;
  NamedCell wanted_;
  bool follows_;
  bool run_has_ended_ = false;
  bool ended_ = false;
  std::int64_t cursor_ = 0;
};

}  // namespace

ApiAnswer AnswerLog(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"cell", "follow"});
  const bool follows = query.Flag("follow");
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  NamedCell wanted(*context.store, run->id, query.Text("cell"));
  if (const auto refusal = wanted.Refusal()) return ApiError(404, *refusal);
  ApiAnswer answer;
  answer.content_type = "application/x-ndjson";
  answer.stream = std::make_shared<LogStream>(*context.store, run->id, std::move(wanted), follows);
  return answer;
}

}  // namespace cellar
