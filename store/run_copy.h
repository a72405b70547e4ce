// A run's job once more.
#pragma once

#include "store/new_run.h"
#include "store/store.h"

namespace cellar {

/// To be submitted as a new run: the stored job with the same values and priority. `run` is there.
NewRun CopyOf(const Store& store, const RunRecord& run);

}  // namespace cellar
