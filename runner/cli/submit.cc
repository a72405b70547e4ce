#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/gateway_choice.h"
#include "runner/cli/remote_submission.h"
#include "runner/cli/run_waiting.h"
#include "runner/cli/submission_report.h"
#include "runner/cli/submit_options.h"
#include "runner/exit_code.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

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
  if (files.empty()) throw Error(ErrorKind::kUsage, "submit: FILE is required");
}

int SubmitHere(Invocation& invocation, SubmitOptions options) {
  TakeFurtherRuns(&options);
  std::optional<JobSubmission> submission = ReadSubmission(invocation, options);
  if (!submission) return ExitCodeOf(ErrorKind::kUsage);
  for (LoadedJob& loaded : submission->jobs) ChooseGateway(invocation, &loaded);
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  for (const ChosenRun& chosen : ChooseRuns(store, options.after)) {
    submission->after.push_back(chosen.run.id);
  }
  const std::vector<Submission> submissions = SubmitJobs(store, *submission, Now());
  int code = ReportSubmissions(invocation, store, submissions);
  if (options.wait) {
    std::vector<RunId> ids;
    for (const Submission& one : submissions) ids.push_back(one.run);
    code = AwaitRuns(invocation, store, ids, std::nullopt, "submit");
  }
  if (invocation.json) {
    WriteSubmissionsJson(store, submissions,
                         [&](std::string_view text) { invocation.out.Write(text); });
  }
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
  return {[options](Invocation& invocation) { return SubmitHere(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return SubmitThere(invocation, server, *options);
          }};
}

}  // namespace cellar
