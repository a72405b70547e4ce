// RUN as an argument: a run's number, `last`, or `last:JOB`.
#pragma once

#include <string>

#include "store/history.h"

namespace cellar {

/// Throws Error kUsage when it names no run.
RunRecord ChooseRun(const Store& store, const std::string& argument);

}  // namespace cellar
