#include "runner/cli/submission_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "runner/cli/run_lines.h"
#include "runner/exit_code.h"
#include "runner/review/run_json.h"
#include "runner/review/terminal_text.h"
#include "store/history.h"

namespace cellar {
namespace {

std::string SubmissionLine(const Store& store, const Submission& submission) {
  const RunRecord run = FindRun(store, submission.run).value();
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

}  // namespace

int ReportSubmissions(Invocation& invocation, const Store& store,
                      const std::vector<Submission>& submissions) {
  int worst = 0;
  for (const Submission& one : submissions) {
    if (one.is_new && IsEnded(one.state)) {
      worst = WorseExitCode(worst, ExitCodeOf(one.state, one.reason));
    }
    if (!invocation.json) invocation.out.Write(fmt::format("{}\n", one.run.value));
  }
  invocation.out.Flush();
  const std::optional<GroupId> group = GroupOf(store, submissions);
  if (!invocation.quiet && group && submissions.front().is_new) {
    invocation.err.Write(GroupLine(submissions, *group) + "\n");
  } else if (!invocation.quiet) {
    for (const Submission& one : submissions) {
      invocation.err.Write(PlainLine(SubmissionLine(store, one)) + "\n");
    }
  }
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
    out.Write(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  out.Write("]}\n");
}

}  // namespace cellar
