// What `run` leaves for others when its runs have ended: a JUnit report, metrics, and what the CI
// system that it runs in shows of them.
#pragma once

#include <string>
#include <vector>

#include "jobs/problem.h"
#include "runner/cli/ci_log.h"
#include "runner/cli/commands.h"
#include "store/history.h"

namespace cellar {

struct ReportOptions {
  std::string junit_file;
  std::string metrics_file;
};

/// A problem of a job file, at its place in the file.
void Annotate(const Problem& problem, CiLog* log);

class RunReports {
 public:
  /// Throws Error kUsage or kOutput when a file that is asked for cannot be written: better now
  /// than when everything has run.
  RunReports(Invocation& invocation, ReportOptions options);

  CiLog& log() { return log_; }

  void TakeBegin(RunId run) { runs_.push_back(run); }
  /// Shows the run, folded, and what failed in it, where a CI system does that.
  void TakeEnd(const Store& store, const RunRecord& run);

  /// Writes the files, of all runs that began, however they stand. Returns 0, or the exit code of a
  /// failure that it has said on stderr.
  int Write(const Store& store);

 private:
  void AnnotateFailure(const Store& store, const RunRecord& run);
  void AppendSummary(const Store& store, const RunRecord& run);

  Invocation& invocation_;
  ReportOptions options_;
  CiLog log_;
  std::vector<RunId> runs_;
};

}  // namespace cellar
