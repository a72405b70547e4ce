#include "runner/cli/submission_report.h"

#include <fmt/format.h>

#include <functional>
#include <string>

#include "runner/cli/run_lines.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"
#include "store/history.h"

namespace cellar {
namespace {

std::string SubmissionLine(const RunRecord& run, const Submission& submission) {
  if (!submission.is_new) {
    return fmt::format("run {} has the key \"{}\" already: {}", run.id.value, run.key,
                       ToWord(run.state));
  }
  if (IsEnded(submission.state)) return EndLine(run);
  return fmt::format("run {}: {}: queued", run.id.value, run.job);
}

std::string GroupLine(const std::vector<Submission>& submissions, GroupId group) {
  std::size_t queued = 0;
  for (const Submission& submission : submissions) queued += IsEnded(submission.state) ? 0 : 1;
  std::string line = fmt::format("group:{}: runs {} to {}", group.value,
                                 submissions.front().run.value, submissions.back().run.value);
  if (queued < submissions.size()) line += fmt::format(", {} of them queued", queued);
  return line;
}

/// Returns 0, or the exit code of the worst that ended at its submission.
int SayNumber(Invocation& invocation, const Submission& submission, int worst) {
  if (!invocation.json) invocation.out.Write(fmt::format("{}\n", submission.run.value));
  if (!submission.is_new || !IsEnded(submission.state)) return worst;
  return WorseExitCode(worst, ExitCodeOf(submission.state, submission.reason));
}

void SayLine(Invocation& invocation, const std::string& line) {
  invocation.err.Write(PlainLine(line) + "\n");
}

/// `run_at`: the run of a submission, by its place.
int Report(Invocation& invocation, const std::vector<Submission>& submissions,
           std::optional<GroupId> group, const std::function<RunRecord(std::size_t)>& run_at) {
  int worst = 0;
  for (const Submission& one : submissions) worst = SayNumber(invocation, one, worst);
  invocation.out.Flush();
  if (invocation.quiet) return worst;
  if (group && submissions.front().is_new) {
    SayLine(invocation, GroupLine(submissions, *group));
  } else {
    for (std::size_t i = 0; i < submissions.size(); ++i) {
      SayLine(invocation, SubmissionLine(run_at(i), submissions[i]));
    }
  }
  invocation.err.Flush();
  return worst;
}

}  // namespace

int ReportSubmissions(Invocation& invocation, const Store& store,
                      const std::vector<Submission>& submissions) {
  const auto run_at = [&](std::size_t i) { return FindRun(store, submissions[i].run).value(); };
  return Report(invocation, submissions, run_at(0).group, run_at);
}

int ReportSubmissions(Invocation& invocation, const std::vector<SubmittedRun>& runs,
                      std::optional<GroupId> group) {
  std::vector<Submission> submissions;
  for (const SubmittedRun& one : runs) submissions.push_back(one.submission);
  return Report(invocation, submissions, group, [&](std::size_t i) { return runs[i].run; });
}

}  // namespace cellar
