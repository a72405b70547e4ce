#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "runner/cli/commands.h"
#include "runner/cli/remote_runs.h"
#include "runner/cli/remote_server.h"
#include "runner/cli/submission_report.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "runner/run_actions.h"
#include "store/run_copy.h"
#include "store/submission.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

struct RetryOptions {
  std::vector<std::string> runs;
  bool is_new = false;
};

int SayNone(Invocation& invocation) {
  invocation.err.Write("retry: no run of the group has failed or was cancelled\n");
  if (invocation.json) {
    WriteRunsJson({}, [&](std::string_view text) { invocation.out.Write(text); });
  }
  return 0;
}

/// A worker may have begun with it since.
void SayQueued(Invocation& invocation, const RunRecord& run) {
  if (invocation.quiet) return;
  const int attempt = run.state == RunState::kQueued ? run.attempt + 1 : run.attempt;
  invocation.out.Write(fmt::format("run {}: queued for attempt {}\n", run.id.value, attempt));
}

int Requeue(Invocation& invocation, const std::vector<RunRecord>& runs) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  const std::vector<RunRecord> queued = RequeueAll(store, runs, Now());
  if (invocation.json) {
    WriteRunsJson(queued, [&](std::string_view text) { invocation.out.Write(text); });
    return 0;
  }
  for (const RunRecord& run : queued) SayQueued(invocation, run);
  return 0;
}

int SubmitAnew(Invocation& invocation, const std::vector<RunRecord>& runs) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  auto run = runs.begin();
  const auto next = [&] {
    return run == runs.end() ? std::nullopt : std::optional(CopyOf(store, *run++));
  };
  const std::vector<Submission> submissions = AddRuns(store, next, Now());
  const int code = ReportSubmissions(invocation, store, submissions);
  if (invocation.json) {
    WriteSubmissionsJson(store, submissions,
                         [&](std::string_view text) { invocation.out.Write(text); });
  }
  return code;
}

int RetryRuns(Invocation& invocation, const RetryOptions& options) {
  const std::vector<RunRecord> runs = ChooseToRetry(
      Store::Open(invocation.config.store, StoreMode::kReadOnly), options.runs);  // must be there
  if (runs.empty()) return SayNone(invocation);
  return options.is_new ? SubmitAnew(invocation, runs) : Requeue(invocation, runs);
}

int RetryThere(Invocation& invocation, RemoteServer& server, const RetryOptions& options) {
  const Json answer = server.Post("/retry", {{"runs", options.runs}, {"new", options.is_new}});
  const auto runs = answer.at("runs").get<std::vector<Json>>();
  if (runs.empty()) return SayNone(invocation);
  if (options.is_new) {
    const int code = ReportSubmissions(invocation, SubmittedRunsOf(runs, ""), std::nullopt);
    if (invocation.json) WriteRemoteSubmissions(invocation, runs, std::nullopt);
    return code;
  }
  if (invocation.json) {
    WriteRemoteRuns(invocation, runs);
    return 0;
  }
  for (const Json& run : runs) SayQueued(invocation, RunFromJson(run));
  return 0;
}

}  // namespace

Action DefineRetry(CLI::App& app) {
  auto options = std::make_shared<RetryOptions>();
  app.add_option("RUN", options->runs,
                 "Runs' numbers, last, last:JOB, or group:N: those of it that have not succeeded")
      ->required();
  app.add_flag("--new", options->is_new,
               "A new run of the stored job with the same values, instead of a new attempt");
  return {[options](Invocation& invocation) { return RetryRuns(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return RetryThere(invocation, server, *options);
          }};
}

}  // namespace cellar
