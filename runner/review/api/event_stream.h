// A run as it goes on, told in Server-Sent Events (openapi.json, watchRun).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runner/review/api/api.h"
#include "store/history.h"

namespace cellar {

/// Up to where a client knows the outputs of a run; "12.3" for it.
struct OutputCursor {
  std::int64_t piece = 0;        // LogPiece::cursor
  std::int64_t replacement = 0;  // LastReplacement
};
std::string ToText(const OutputCursor& cursor);

class RunWatch : public AnswerStream {
 public:
  /// `cursor`: what was stored up to it is not told. `only_run`: nothing but `run` and `end`.
  RunWatch(const ApiContext& context, RunId run, const OutputCursor& cursor, bool only_run);

  /// What happened since it was last asked; empty: nothing. Throws Error when the store fails.
  std::string Next() override;
  /// The last event has been told.
  bool ended() const override { return ended_; }
  std::string_view heartbeat() const override { return ": still here\n\n"; }

 private:
  void TellRun(const RunRecord& run);
  std::vector<int> TellCells(const RunRecord& run);
  void TellOutputs(const RunRecord& run);
  void TellPiece(int attempt, const LogPiece& piece);
  void FindReplaced(int attempt);
  void TellCleared(int attempt, int cell);
  void Tell(const char* event, const nlohmann::ordered_json& data, bool with_cursor = false);

  ApiContext context_;
  RunId run_;
  OutputCursor cursor_;
  bool only_run_;
  bool ended_ = false;
  int attempt_ = 0;
  std::string told_run_;
  std::map<int, std::string> told_cells_;
  std::map<int, std::set<int>> outputs_;  // by cell: the numbers of those that a client may show
  std::set<int> anew_;                    // cells that are to be fetched anew
  std::size_t room_ = 0;                  // bytes that one answer of Next may still grow by
  std::string text_;
};

}  // namespace cellar
