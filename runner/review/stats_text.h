// The statistics of a job for people and for other programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/review/job_stats.h"
#include "runner/review/run_text.h"

namespace cellar {

enum class BarStyle { kBlocks, kAscii };

/// Each as high as it is long, the longest one fills the line: "▂▂▂▃█"; in ASCII ".::=@".
std::string BarLine(const std::vector<Millis>& durations, BarStyle style);

/// A line of the job, a table of its cells, and a sentence for each that fails or got slower.
std::string StatsText(const std::string& job, const JobStats& stats, const TextLook& look,
                      BarStyle style);

/// `{"schema_version", "job", "runs", …, "cells"}`.
nlohmann::ordered_json StatsToJson(const std::string& job, const JobStats& stats);

}  // namespace cellar
