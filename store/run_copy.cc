#include "store/run_copy.h"

#include "store/history.h"

namespace cellar {

NewRun CopyOf(const Store& store, const RunRecord& run) {
  NewRun copy;
  copy.job = JobOfRun(store, run.id).value();
  copy.job_file = run.job_file;
  copy.job_sha256 = run.job_sha256;
  copy.priority = run.priority;
  return copy;
}

}  // namespace cellar
