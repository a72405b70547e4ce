// Reading what happened. Every function may be called while another process writes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct RunFilter {
  std::string job = "";  // empty or nullopt: any
  std::optional<RunState> state = std::nullopt;
  std::optional<RunReason> reason = std::nullopt;
  std::string tag = "";
  std::optional<GroupId> group = std::nullopt;
  bool pinned = false;                            // only those that are
  std::optional<TimePoint> since = std::nullopt;  // submitted at or after
  std::optional<TimePoint> until = std::nullopt;  // submitted before
  int limit = 50;                                 // 0: all
};

/// Newest first.
std::vector<RunRecord> FindRuns(const Store& store, const RunFilter& filter);

/// How many runs of a group stand where. Empty: there is no such group, or it has no runs.
std::map<RunState, int> CountRuns(const Store& store, GroupId group);

/// nullopt: there is no such run.
std::optional<RunRecord> FindRun(const Store& store, RunId id);

/// The newest run, of `job` or of any when it is empty.
std::optional<RunId> LastRun(const Store& store, const std::string& job);

/// The job as it was when the run was submitted.
std::optional<Job> JobOfRun(const Store& store, RunId id);

/// The cells of an attempt (0: the last one), with their events, without outputs.
std::vector<CellRecord> FindCells(const Store& store, RunId run, int attempt = 0);

/// Outputs of one cell in order; cleared ones only when asked for.
std::vector<OutputRecord> FindOutputs(const Store& store, RunId run, int attempt, int cell,
                                      bool with_cleared = false);

/// One piece of output as it came in, for following a run: a chunk of a stream, or a whole output.
struct LogPiece {
  std::int64_t cursor = 0;  // pass the last one seen to get what came after it
  int cell = 0;
  int number = 0;
  OutputType type = OutputType::kStream;
  std::string stream_name;  // of a stream, as the next two
  std::string text;
  std::uint64_t at = 0;         // so many bytes of the stream came before it
  nlohmann::ordered_json body;  // of any other output
};
/// The first piece of the run's last attempt after `after` (0: from the start), in order of
/// arrival; nullopt: there is none (yet).
std::optional<LogPiece> NextLogPiece(const Store& store, RunId run, std::int64_t after);

/// Calls `take` for every piece of the run's last attempt after `after` (0: from the start), in
/// order of arrival, one in memory at a time.
void ReadLog(const Store& store, RunId run, std::int64_t after,
             const std::function<void(LogPiece&&)>& take);

}  // namespace cellar
