// The last run of each job as metrics of Prometheus, for the textfile collector of node_exporter.
// Form: Prometheus' text exposition format 0.0.4. Names: a `cellar_job` label, since a scrape sets
// `job` itself.
#pragma once

#include <vector>

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

/// Of several runs of a job the last in `runs` counts.
void WriteMetrics(const Store& store, const std::vector<RunRecord>& runs, const TextSink& sink);

}  // namespace cellar
