#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "jobs/error.h"
#include "jobs/parameters.h"
#include "jobs/sweep.h"
#include "runner/cli/commands.h"
#include "runner/cli/remote_submission.h"
#include "runner/cli/run_waiting.h"
#include "runner/cli/submission_report.h"
#include "runner/cli/submit_options.h"
#include "runner/cli/time_arguments.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/submission.h"

namespace cellar {
namespace {

[[noreturn]] void RefuseSubmit(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
}

/// `--after 3 4`: what follows the first run is taken for a file by the reader of the command line.
void TakeFurtherRuns(SubmitOptions* options) {
  if (options->after.empty()) return;
  std::vector<std::string>& files = options->job.files;
  const auto is_file = [](const std::string& word) {
    std::error_code ignored;
    return !LooksLikeRun(word) || std::filesystem::exists(word, ignored);
  };
  const auto further = std::stable_partition(files.begin(), files.end(), is_file);
  options->after.insert(options->after.end(), further, files.end());
  files.erase(further, files.end());
  if (files.empty()) RefuseSubmit("FILE is required");
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
  if (!problems.empty()) RefuseSubmit(fmt::format("{}", fmt::join(problems, "; ")));
  return Sweep(std::move(axes));
}

/// What all runs of one submission share.
struct Submitting {
  std::vector<LoadedJob> jobs;
  GivenValues given;
  Sweep sweep;
  std::optional<TimePoint> due;
};

/// Nothing is submitted unless every job can be, with every combination.
bool CheckValues(Invocation& invocation, const Submitting& submitting) {
  bool sound = true;
  for (const LoadedJob& loaded : submitting.jobs) {
    const auto problems = submitting.sweep.axes().empty()
                              ? std::vector<std::string>()
                              : ProblemsOfSweep(submitting.sweep, submitting.given, loaded.job);
    for (const std::string& what : problems) {
      invocation.err.Write(PlainLine(ToString(Problem{loaded.path, 0, 0, what, ""})) + "\n");
      sound = false;
    }
  }
  return sound;
}

/// A gateway given for this call goes before what the job asks for: the worker has a command line
/// of its own.
void ChooseGateway(Invocation& invocation, LoadedJob* loaded) {
  const Config& config = invocation.config;
  Job& job = loaded->job;
  if (!config.gateway_override.empty()) job.gateway = config.gateway_override;
  const bool is_known = job.gateway.empty() || job.gateway == kEmbeddedName ||
                        job.gateway.find("://") != std::string::npos ||
                        config.gateways.contains(job.gateway);
  if (is_known || invocation.quiet) return;
  invocation.err.Write(PlainLine(fmt::format("{}: gateway {} is not configured here: the run waits "
                                             "for a worker that knows it",
                                             loaded->path, job.gateway)) +
                       "\n");
}

std::optional<Submitting> Prepare(Invocation& invocation, const SubmitOptions& options) {
  Submitting submitting{{}, {}, ReadSweep(options), ReadDue("submit: --at", options.at)};
  const bool sweeps = !submitting.sweep.axes().empty();
  submitting.given = ReadGivenValues(options.job);
  submitting.jobs =
      LoadJobs(invocation, options.job, sweeps ? std::nullopt : std::optional(submitting.given));
  if (submitting.jobs.empty() || !CheckValues(invocation, submitting)) return std::nullopt;
  if (!options.key.empty() && (sweeps || submitting.jobs.size() > 1)) {
    RefuseSubmit("--key names one run: give one FILE, and no --sweep");
  }
  for (LoadedJob& loaded : submitting.jobs) ChooseGateway(invocation, &loaded);
  return submitting;
}

std::vector<Submission> Submit(Store& store, const Submitting& submitting,
                               const SubmitOptions& options) {
  NewRun like;
  like.priority = options.priority;
  like.due = submitting.due;
  like.key = options.key;
  for (const ChosenRun& chosen : ChooseRuns(store, options.after)) {
    like.after.push_back(chosen.run.id);
  }
  const bool sweeps = !submitting.sweep.axes().empty();
  if (sweeps) like.group = NewGroup(store, submitting.jobs.front().job.name, Now());
  const std::size_t combinations = submitting.sweep.size();
  std::size_t made = 0;
  const auto next = [&]() -> std::optional<NewRun> {
    if (made == submitting.jobs.size() * combinations) return std::nullopt;
    NewRun run = SubmissionOf(submitting.jobs[made / combinations]);
    run.priority = like.priority;
    run.due = like.due;
    run.key = like.key;
    run.after = like.after;
    run.group = like.group;
    if (sweeps) {
      GivenValues values = submitting.given;
      for (auto& value : submitting.sweep.At(made % combinations)) {
        values.push_back(std::move(value));
      }
      GiveParameters(values, &run.job);  // each value was tried before
    }
    ++made;
    return run;
  };
  return AddRuns(store, next, Now());
}

int SubmitJobs(Invocation& invocation, SubmitOptions options) {
  TakeFurtherRuns(&options);
  const std::optional<Submitting> submitting = Prepare(invocation, options);
  if (!submitting) return ExitCodeOf(ErrorKind::kUsage);
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  const std::vector<Submission> submissions = Submit(store, *submitting, options);
  int code = ReportSubmissions(invocation, store, submissions);
  if (options.wait) {
    std::vector<RunId> ids;
    for (const Submission& submission : submissions) ids.push_back(submission.run);
    code = AwaitRuns(invocation, store, ids, std::nullopt, "submit");
  }
  if (invocation.json) WriteSubmissionsJson(invocation, store, submissions);
  return code;
}

int SubmitThere(Invocation& invocation, RemoteServer& server, SubmitOptions options) {
  TakeFurtherRuns(&options);
  return SubmitRemotely(invocation, server, options);
}

}  // namespace

Action DefineSubmit(CLI::App& app) {
  auto options = std::make_shared<SubmitOptions>();
  AddJobArguments(app, &options->job);
  app.add_option("--sweep", options->sweeps,
                 "One run for each value, as a group; several: for each combination")
      ->type_name("NAME=VALUE,VALUE")
      ->allow_extra_args(false);
  app.add_option("--priority", options->priority, "Higher ones start first (0)")->type_name("N");
  app.add_option("--at", options->at,
                 "Not before: 03:30, 2026-11-23, 2026-11-23T03:30:00Z, or from now: +90m, +2h, +3d")
      ->type_name("TIME");
  app.add_option("--after", options->after,
                 "Starts when these runs have succeeded; cancelled when one has not")
      ->type_name("RUN")
      ->allow_extra_args(false);
  app.add_option("--key", options->key, "The same key again gives back the run that has it")
      ->type_name("TEXT");
  app.add_flag("--wait", options->wait, "Wait for the end; the exit code is that of the worst run");
  return {[options](Invocation& invocation) { return SubmitJobs(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return SubmitThere(invocation, server, *options);
          }};
}

}  // namespace cellar
