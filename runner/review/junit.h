// Runs as a JUnit report, which CI systems show per cell: a testsuite a run, a testcase a cell.
// The dialect is the common one of Jenkins, GitLab and pytest (testsuites, testsuite, properties,
// testcase with failure, error or skipped, system-out and system-err).
#pragma once

#include <vector>

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

/// `failure`: the job's own code, that is an error it raised or output beyond the limit. `error`:
/// timeouts, a dead kernel, a lost gateway, anything that nobody can say. `skipped`: cells that did
/// not run. A run that went wrong without a cell that did has one more testcase, "run". Well-formed
/// whatever the outputs hold; of each cell's text up to 64 KiB are kept, its head and its tail.
void WriteJunit(const Store& store, const std::vector<RunRecord>& runs, const TextSink& sink);

}  // namespace cellar
