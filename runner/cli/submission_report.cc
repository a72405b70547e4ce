#include "runner/cli/submission_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "runner/cli/run_lines.h"
#include "runner/exit_code.h"
#include "runner/review/json_dump.h"
#include "runner/review/run_json.h"
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

std::optional<GroupId> GroupOf(const Store& store, const std::vector<Submission>& submissions) {
  return FindRun(store, submissions.front().run).value().group;
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
  if (!invocation.quiet) invocation.err.Write(PlainLine(line) + "\n");
}

}  // namespace

int ReportSubmissions(Invocation& invocation, const Store& store,
                      const std::vector<Submission>& submissions) {
  int worst = 0;
  for (const Submission& one : submissions) worst = SayNumber(invocation, one, worst);
  invocation.out.Flush();
  const std::optional<GroupId> group = GroupOf(store, submissions);
  if (group && submissions.front().is_new) {
    SayLine(invocation, GroupLine(submissions, *group));
  } else if (!invocation.quiet) {
    for (const Submission& one : submissions) {
      SayLine(invocation, SubmissionLine(FindRun(store, one.run).value(), one));
    }
  }
  invocation.err.Flush();
  return worst;
}

int ReportSubmissions(Invocation& invocation, const std::vector<SubmittedRun>& runs) {
  int worst = 0;
  for (const SubmittedRun& one : runs) worst = SayNumber(invocation, one.submission, worst);
  invocation.out.Flush();
  for (const SubmittedRun& one : runs) SayLine(invocation, SubmissionLine(one.run, one.submission));
  invocation.err.Flush();
  return worst;
}

void WriteSubmissionsJson(Invocation& invocation, const Store& store,
                          const std::vector<Submission>& submissions) {
  const std::optional<GroupId> group = GroupOf(store, submissions);
  Output& out = invocation.out;
  out.Write(fmt::format("{{\"schema_version\": 1, \"group\": {}, \"runs\": [",
                        group ? std::to_string(group->value) : "null"));
  bool is_first = true;
  for (const Submission& one : submissions) {
    const std::optional<RunRecord> run = FindRun(store, one.run);
    if (!run) continue;  // removed while it was waited for
    nlohmann::ordered_json json = RunToJson(*run);
    json["is_new"] = one.is_new;
    out.Write(is_first ? "\n  " : ",\n  ");
    is_first = false;
    out.Write(DumpJson(json));
  }
  out.Write("]}\n");
}

}  // namespace cellar
