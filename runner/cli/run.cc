#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/cli/job_arguments.h"
#include "runner/cli/run_lines.h"
#include "runner/cli/run_reports.h"
#include "runner/exit_code.h"
#include "runner/gateway/gateway_http.h"
#include "runner/job_loading.h"
#include "runner/job_runner.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "store/history.h"

namespace cellar {
namespace {

struct RunOptions {
  JobArguments job;
  std::string if_running;
  int jobs = 0;
  bool strict_outputs = false;
  ReportOptions reports;
};

/// --if-running goes before what the job says of its overlaps; `fail` is a `skip` that says so.
void ApplyIfRunning(const std::string& word, std::vector<LoadedJob>* jobs) {
  if (word.empty()) return;
  const auto policy = word == "fail" ? Overlap::kSkip : ParseOverlap(word);
  if (!policy) {
    throw Error(ErrorKind::kUsage,
                fmt::format("run: --if-running: there is no \"{}\": {}", word,
                            SuggestWord(word, {"skip", "queue", "fail", "replace"}, "policies")));
  }
  for (LoadedJob& loaded : *jobs) {
    Concurrency concurrency = loaded.job.concurrency.value_or(Concurrency{loaded.job.name, 1, {}});
    concurrency.policy = *policy;
    loaded.job.concurrency = concurrency;
  }
}

/// An unknown gateway, or one that cannot be used as it is configured, is a wrong command line:
/// nothing has run.
void CheckGateways(const Config& config, const std::vector<LoadedJob>& jobs) {
  for (const LoadedJob& loaded : jobs) {
    const GatewayChoice choice = ResolveGateway(config, loaded.job);
    if (const auto* address = std::get_if<GatewayAddress>(&choice)) RequireUsable(*address);
  }
}

void SayFailure(Invocation& invocation, const Store& store, const RunRecord& run) {
  TextLook look;
  look.colours = invocation.err.colours();
  look.columns = invocation.err.columns();
  look.store_flag = invocation.config.store_flag;
  WriteFailureText(store, run, look, [&](std::string_view text) { invocation.err.Write(text); });
}

void SayLostOutputs(Invocation& invocation, const Store& store, RunId run) {
  for (const CellRecord& cell : FindCells(store, run)) {
    for (const EventRecord& event : cell.events) {
      if (event.kind != EventKind::kOutputsLost) continue;
      invocation.err.Write(
          PlainLine(fmt::format("run {}: cell {}: outputs lost: {}; on the gateway set ServerApp."
                                "iopub_data_rate_limit=0 and iopub_msg_rate_limit=0",
                                run.value, cell.index, event.detail)) +
          "\n");
    }
  }
}

/// The exit code of a run, 0 of one that somebody has queued again already. One that was skipped
/// where --if-running said `fail` has failed.
int CodeOf(const RunRecord& run, const RunOptions& options) {
  if (!IsEnded(run.state)) return 0;
  const bool was_skipped = run.reason == RunReason::kOverlap && run.attempt == 0;
  return was_skipped && options.if_running == "fail" ? 1 : ExitCodeOf(run.state, run.reason);
}

void Listen(Invocation& invocation, const Store& store, RunReports* reports, JobRunner* runner) {
  const auto say = [&invocation](const std::string& line) {
    invocation.err.Write(PlainLine(line) + "\n");
    invocation.err.Flush();
  };
  runner->on_note = say;
  runner->on_wait = [&invocation, say](const std::string& line) {
    if (!invocation.quiet) say(line);
  };
  runner->on_submitted = [&invocation, reports, say](RunId run, const std::string& job) {
    reports->TakeBegin(run);
    if (!invocation.quiet) say(fmt::format("run {}: {}", run.value, job));
  };
  runner->on_cell_end = [&invocation, say](RunId run, int cell, const std::string& name,
                                           const CellEnd& end) {
    if (invocation.quiet) return;
    std::string line = fmt::format("run {}: [{}] {}{}{}", run.value, cell, name,
                                   name.empty() ? "" : " ", ToWord(end.state));
    if (end.duration) {
      line +=
          " " + FormatElapsed(std::chrono::duration_cast<std::chrono::milliseconds>(*end.duration));
    }
    if (!end.message.empty()) line += ": " + end.message;
    say(line);
  };
  runner->on_run_end = [&invocation, &store, reports, say](RunId id) {
    const RunRecord run = FindRun(store, id).value();
    reports->TakeEnd(store, run);
    SayLostOutputs(invocation, store, id);
    if (!IsEnded(run.state)) {
      return say(
          fmt::format("run {}: its end could not be stored; the next Cellar that can write "
                      "there ends it as interrupted",
                      id.value));
    }
    if (run.state != RunState::kSucceeded) SayFailure(invocation, store, run);
    if (invocation.quiet) return;
    std::string line = fmt::format("run {}: {}", id.value, ToWord(run.state));
    if (run.reason) line += fmt::format(" ({})", ToWord(*run.reason));
    say(line);
  };
}

int RunJobs(Invocation& invocation, const RunOptions& options) {
  RunReports reports(invocation, options.reports);
  std::vector<LoadedJob> jobs =
      LoadJobs(invocation, options.job, ReadGivenValues(options.job),
               [&](const Problem& problem) { Annotate(problem, &reports.log()); });
  if (jobs.empty()) return ExitCodeOf(ErrorKind::kUsage);
  ApplyIfRunning(options.if_running, &jobs);
  CheckGateways(invocation.config, jobs);
  const int side_by_side = options.jobs > 0 ? options.jobs : static_cast<int>(jobs.size());
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  store.RegisterWorker();
  store.SetPatience(kWorkerPatience);
  for (const RunId run : store.EndAttemptsOfDeadWorkers(Now())) {
    invocation.err.Write(PlainLine(EndLine(FindRun(store, run).value())) + "\n");
  }
  JobRunner runner(store, invocation.config, options.strict_outputs);
  Listen(invocation, store, &reports, &runner);
  std::vector<RunId> ids;
  try {
    ids = runner.Run(std::move(jobs), side_by_side);
  } catch (...) {
    reports.Write(store);
    throw;
  }
  int code = reports.Write(store);
  std::vector<RunRecord> records;
  for (const RunId id : ids) {
    records.push_back(FindRun(store, id).value());
    code = WorseExitCode(code, CodeOf(records.back(), options));
  }
  if (invocation.json) {
    WriteRunsJson(records, [&](std::string_view text) { invocation.out.Write(text); });
  }
  return runner.signal() != 0 ? 128 + runner.signal() : code;
}

}  // namespace

Action DefineRun(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  AddJobArguments(app, &options->job);
  app.add_option("--if-running", options->if_running,
                 "While the same job runs: skip (exit code 75), fail (1), queue or replace; before "
                 "what the job says")
      ->type_name("POLICY");
  app.add_option("--jobs", options->jobs, "At most so many side by side; default: all")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--strict-outputs", options->strict_outputs,
               "A cell fails when the gateway dropped some of its outputs");
  app.add_option("--junit", options->reports.junit_file,
                 "Write a JUnit report: a suite a run, a test case a cell")
      ->type_name("FILE");
  app.add_option("--metrics-file", options->reports.metrics_file,
                 "Write the last run of each job as metrics for node_exporter")
      ->type_name("FILE.prom");
  return [options](Invocation& invocation) { return RunJobs(invocation, *options); };
}

}  // namespace cellar
