// What is submitted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"
#include "store/records.h"

namespace cellar {

struct NewRun {
  Job job;  // with its values given
  std::string job_file;
  std::string job_sha256;        // of the job file's text
  int priority = 0;              // higher ones first
  std::optional<TimePoint> due;  // not before; nullopt: at once
  std::string key;               // empty: none. The run that has it already is given back
  std::vector<RunId> after;      // starts when these have succeeded
  // Kept for this store's worker, as long as that lives; then anybody's. What `cellar run` submits.
  bool foreground = false;
};

}  // namespace cellar
