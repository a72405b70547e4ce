// Jobs by what became of their runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

/// A run without what only its own page shows. The durations are the last attempt's.
struct RunBrief {
  RunId id;
  RunState state = RunState::kQueued;
  std::optional<RunReason> reason;
  std::string message;
  TimePoint submitted_at;
  std::optional<Millis> queue;
  std::optional<Millis> kernel_start;
  std::optional<Millis> duration;
};

struct JobSummary {
  std::string name;
  std::int64_t runs = 0;       // how many there are
  std::vector<RunBrief> last;  // newest first
};

struct JobListing {
  std::string text = "";   // in the name; ASCII in any case
  std::string after = "";  // names behind this one
  int limit = 100;
  int last = 30;  // so many runs of each
};

struct JobPage {
  std::vector<JobSummary> jobs;     // by name
  std::optional<std::string> next;  // `after` of the next page; nullopt: there is none
};

JobPage ListJobs(const Store& store, const JobListing& listing);

/// A cell of the last attempt of a run.
struct CellTiming {
  RunId run;
  int index = 0;
  std::string name;
  CellKind kind = CellKind::kCode;
  CellState state = CellState::kPending;
  bool has_begun = false;
  std::optional<Millis> duration;
};

/// The first failed run after the last one that succeeded.
struct FirstBadRun {
  RunId run;
  std::optional<RunId> last_good;  // nullopt: none ever succeeded
  std::int64_t bad_runs = 0;       // since then
};

struct JobHistory {
  std::int64_t total = 0;         // runs of the job in all
  std::vector<RunBrief> runs;     // oldest first, the last `limit`
  std::vector<CellTiming> cells;  // of these runs, by run and index
  std::optional<FirstBadRun>
      first_bad;  // of all runs; nullopt: none failed since the last good one
};

/// Empty where the job has no runs.
JobHistory FindJobHistory(const Store& store, const std::string& job, int limit);

}  // namespace cellar
