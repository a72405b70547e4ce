// How the runs of a job went, cell by cell. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/samples.h"

namespace cellar {

/// Of durations of what succeeded; nullopt: nothing did.
struct DurationStats {
  std::optional<Millis> median;
  std::optional<Millis> p95;  // as long or shorter were 95 % (nearest rank)
};

DurationStats StatsOf(std::vector<double> millis);

struct SlowerSince {
  RunId run;
  Millis before;
  Millis after;
};

struct CellStats {
  int index = 0;  // in the last run that has it
  std::string name;
  CellKind kind = CellKind::kCode;
  RunId last_run;  // that has it
  int times = 0;   // that it was sent
  int failed = 0;  // of these; nobody can say (`unknown`): counts as failed
  DurationStats durations;
  std::vector<Millis> trend;          // medians of up to 20 stretches, the oldest first
  std::optional<RunId> last_good;     // the newest run in which it succeeded
  std::optional<RunId> first_bad;     // the first after that in which it failed; nullopt: none
  std::optional<SlowerSince> slower;  // review/slowdown.h has the rule
};

struct JobStats {
  int runs = 0;  // that have ended and had cells
  int failed = 0;
  RunId first;
  RunId last;
  DurationStats durations;
  std::vector<CellStats> cells;  // those of the last run in order, then those that it lacks
};

/// Takes the runs of a job one after the other. A cell is the same one in another run if it has the
/// same name or, without a name, the same place among the cells of its kind. Of several cells of
/// one name in a run the first goes by the name alone, the others by name and place.
class JobStatsTaker {
 public:
  void Take(const RunSample& run);
  JobStats Finish();

 private:
  struct Series {
    CellStats stats;
    std::vector<double> durations;  // of those that succeeded
    std::vector<RunId> runs;        // their runs
  };

  JobStats stats_;
  std::vector<double> durations_;
  std::map<std::pair<CellKind, std::string>, Series> series_;
};

}  // namespace cellar
