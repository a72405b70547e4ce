// What the store remembers, as values: runs, attempts, cells, outputs, events, kernels.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/state.h"

namespace cellar {

/// Wall-clock time, UTC, in milliseconds: what is shown. Durations are measured on the steady
/// clock.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::duration<double, std::milli>;

struct RunId {
  std::int64_t value = 0;
  auto operator<=>(const RunId&) const = default;
};
struct AttemptId {  // the store's row, unique over all runs
  std::int64_t value = 0;
  auto operator<=>(const AttemptId&) const = default;
};
struct WorkerId {
  std::int64_t value = 0;
  auto operator<=>(const WorkerId&) const = default;
};
struct KernelRowId {
  std::int64_t value = 0;
  auto operator<=>(const KernelRowId&) const = default;
};

struct GroupId {
  std::int64_t value = 0;
  auto operator<=>(const GroupId&) const = default;
};
struct ScheduleId {
  std::int64_t value = 0;
  auto operator<=>(const ScheduleId&) const = default;
};

struct RunRecord {
  RunId id;
  std::string job;
  RunState state = RunState::kQueued;
  std::optional<RunReason> reason;
  std::string message;
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  std::vector<std::string> tags;
  std::string gateway;     // of the last attempt, else what was asked for; may be empty
  std::string kernelspec;  // likewise
  int attempt = 0;         // the last one's number; 0: none yet
  TimePoint submitted_at;
  std::optional<TimePoint> started_at;
  std::optional<TimePoint> finished_at;
  std::optional<Millis> queue;
  std::optional<Millis> kernel_start;
  std::optional<Millis> duration;
  std::string job_file;
  std::string job_sha256;
  int priority = 0;
  std::optional<TimePoint> due;       // as asked for
  std::optional<TimePoint> retry_at;  // while it is queued for another attempt: not before
  std::string key;                    // of its submission; empty: none
  std::optional<GroupId> group;
  std::string concurrency_key;              // empty: none
  std::vector<RunId> after;                 // those that must have succeeded
  std::optional<RunReason> cancel_request;  // while it is running: somebody asked for its end
  bool is_pinned = false;                   // gc leaves it alone
};

struct EventRecord {
  EventKind kind;
  TimePoint at;
  std::string detail;
};

struct OutputRecord {
  int number = 0;               // within its cell, from 0, in order of arrival
  nlohmann::ordered_json body;  // an nbformat 4.5 output, text as one string
  bool cleared = false;         // clear_output took it away; kept for the history
  // Of a stream, what the limit cut out: `missing` bytes at byte `gap_at` of the text (0: nothing).
  std::uint64_t missing = 0;
  std::size_t gap_at = 0;
};

struct CellRecord {
  int index = 0;  // from 0; the parameter cell counts
  std::string name;
  CellKind kind = CellKind::kCode;
  std::string source;
  std::string file;  // where the code stands; empty for an injected cell
  int line = 1;
  CellState state = CellState::kPending;
  std::optional<CellReason> reason;
  std::string message;  // "ValueError: …", why it timed out; empty when there is nothing to say
  std::optional<int> execution_count;
  std::optional<TimePoint> started_at;
  std::optional<Millis> duration;
  std::uint64_t output_bytes = 0;  // true size of what came, also where less was kept
  std::vector<EventRecord> events;
};

enum class KernelState { kIntended, kStarted, kReleasing, kGone };
std::string_view ToWord(KernelState value);

/// A kernel that a Cellar started and that is not known to have ended.
struct KernelRecord {
  KernelRowId row;
  std::string gateway;  // name in the configuration, or the URL
  std::string url;
  std::string tag;  // the session's path, unique to this kernel: finds it when the id is unknown
  std::string kernelspec;
  std::string kernel_id;        // empty: its creation was never answered
  std::string session_id;       // of the REST session; empty where the server has none
  std::string process_session;  // header.session of its process; empty: not known
  KernelState state = KernelState::kIntended;
  std::optional<RunId> run;
  bool is_owned = false;   // by a worker that lives
  bool is_in_use = false;  // by an attempt that has not ended
  TimePoint created_at;
};

}  // namespace cellar
