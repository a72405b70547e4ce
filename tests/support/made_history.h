// Runs of jobs that a test makes up cell by cell, in a store as a runner would have left them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct MadeCell {
  std::string name;
  std::string source;
  std::vector<std::string> outputs = {};  // nbformat outputs as JSON text; anything else is stdout
  double millis = 10;
  CellState state = CellState::kSucceeded;  // kFailed: with the reason `error`; kNotRun
};

struct MadeRun {
  std::string job;
  std::vector<MadeCell> cells;
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  int submitted_millis = 0;  // after StoreTime()
};

/// It has failed (cell_error) where one of its cells has, else succeeded; ended a second after its
/// submission. As long as its cells together.
RunId MakeRun(Store& store, const MadeRun& run);

}  // namespace cellar
