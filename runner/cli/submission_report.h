// What is told of runs that were submitted.
#pragma once

#include <optional>
#include <vector>

#include "runner/cli/commands.h"
#include "store/submission.h"

namespace cellar {

/// A submission and its run.
struct SubmittedRun {
  RunRecord run;
  Submission submission;
};

/// They are on disk: each number on stdout, a line each, unless JSON is wanted; on stderr what
/// became of them, runs of a group in one line. Returns 0, or the exit code of the worst that ended
/// at its submission.
int ReportSubmissions(Invocation& invocation, const Store& store,
                      const std::vector<Submission>& submissions);

/// The same of runs that are not in a store of ours. `group`: of a sweep.
int ReportSubmissions(Invocation& invocation, const std::vector<SubmittedRun>& runs,
                      std::optional<GroupId> group);

}  // namespace cellar
