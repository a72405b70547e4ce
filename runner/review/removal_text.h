// What `gc` removed, or would, for people and for other programs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/review/run_text.h"
#include "store/removal.h"

namespace cellar {

struct JobRemoval {
  std::string job;
  std::size_t removed = 0;  // runs
  std::uint64_t removed_bytes = 0;
  std::size_t kept = 0;
  std::uint64_t kept_bytes = 0;
};

struct RemovalReport {
  bool is_dry = false;            // nothing was removed
  std::vector<RunId> runs;        // that were removed, or would be
  std::vector<JobRemoval> jobs;   // the one with the most bytes first
  std::uint64_t size_before = 0;  // of the store
  std::uint64_t size_after = 0;
};

/// By job: `sizes` of all runs, `removed` of them.
std::vector<JobRemoval> RemovalsByJob(const std::vector<RunSize>& sizes,
                                      const std::vector<RunId>& removed);

/// A table by job, and a line for the store.
std::string RemovalText(const RemovalReport& report, const TextLook& look);

/// `{"schema_version", "dry_run", "runs", "jobs", "store_bytes_before", "store_bytes_after"}`.
nlohmann::ordered_json RemovalToJson(const RemovalReport& report);

}  // namespace cellar
