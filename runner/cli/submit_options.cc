#include "runner/cli/submit_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "jobs/error.h"
#include "runner/cli/time_arguments.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

[[noreturn]] void RefuseOption(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
}

Sweep ReadSweep(const SubmitOptions& options) {
  std::vector<std::string> problems;
  std::vector<SweepAxis> axes;
  for (const std::string& text : options.sweeps) axes.push_back(ParseSweepAxis(text, &problems));
  for (const auto& [name, value] : ReadGivenValues(options.job.assignments, {})) {
    const auto has_name = [&, &name = name](const SweepAxis& axis) { return axis.name == name; };
    if (std::any_of(axes.begin(), axes.end(), has_name)) {
      problems.push_back(fmt::format("-p {0}=… and --sweep {0}=…: give one of them", name));
    }
  }
  if (!problems.empty()) RefuseOption(fmt::format("{}", fmt::join(problems, "; ")));
  return Sweep(std::move(axes));
}

}  // namespace

std::optional<JobSubmission> ReadSubmission(Invocation& invocation, const SubmitOptions& options) {
  JobSubmission submission;
  submission.sweep = ReadSweep(options);
  submission.due = ReadDue("submit: --at", options.at);
  submission.priority = options.priority;
  submission.key = options.key;
  submission.given = ReadGivenValues(options.job);
  const bool sweeps = submission.sweeps();
  submission.jobs =
      LoadJobs(invocation, options.job, sweeps ? std::nullopt : std::optional(submission.given));
  if (submission.jobs.empty()) return std::nullopt;
  const std::vector<Problem> problems = ProblemsOfSweep(submission);
  for (const Problem& problem : problems) invocation.err.Write(PlainLine(ToString(problem)) + "\n");
  if (!problems.empty()) return std::nullopt;
  if (!options.key.empty() && (sweeps || submission.jobs.size() > 1)) {
    RefuseOption("--key names one run: give one FILE, and no --sweep");
  }
  return submission;
}

}  // namespace cellar
