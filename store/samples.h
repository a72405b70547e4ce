// How the ended runs of a job went, cell by cell, for statistics over many of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct CellSample {
  int index = 0;
  std::string name;
  CellKind kind = CellKind::kCode;
  CellState state = CellState::kPending;
  std::optional<Millis> duration;
};

/// The last attempt of a run.
struct RunSample {
  RunId run;
  RunState state = RunState::kSucceeded;
  std::optional<Millis> duration;
  std::vector<CellSample> cells;  // in order
};

/// Calls `take` for every ended run of `job` that has cells, in the order of submission. `since`:
/// submitted at or after.
void ReadSamples(const Store& store, const std::string& job, std::optional<TimePoint> since,
                 const std::function<void(const RunSample&)>& take);

}  // namespace cellar
