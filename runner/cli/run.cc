#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/cli/commands.h"
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
  std::vector<std::string> files;
  std::vector<std::string> assignments;
  std::vector<std::string> value_files;
  std::string kernel;
  std::string timeout;
  int jobs = 0;
  bool strict_outputs = false;
};

/// All of them, or none: nothing runs until every file is sound.
std::vector<LoadedJob> LoadJobs(Invocation& invocation, const RunOptions& options) {
  const GivenValues given = ReadGivenValues(options.assignments, options.value_files);
  std::vector<LoadedJob> jobs;
  bool sound = true;
  for (const std::string& path : options.files) {
    JobLoading loading = LoadJob(path, given);
    for (const Problem& problem : loading.problems) {
      invocation.err.Write(PlainLine(ToString(problem)) + "\n");
      sound = false;
    }
    if (loading.loaded) jobs.push_back(std::move(*loading.loaded));
  }
  if (!sound) jobs.clear();
  return jobs;
}

void ApplyFlags(const RunOptions& options, std::vector<LoadedJob>* jobs) {
  const auto timeout = ParseDuration(options.timeout);
  if (!options.timeout.empty() && !timeout) {
    throw Error(ErrorKind::kUsage, fmt::format("run: --timeout: \"{}\" is not a duration; write "
                                               "\"250ms\", \"90s\", \"30m\", \"1h30m\"",
                                               options.timeout));
  }
  for (LoadedJob& loaded : *jobs) {
    if (!options.kernel.empty()) loaded.job.kernel = options.kernel;
    if (timeout) loaded.job.timeout = timeout;
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

void Listen(Invocation& invocation, const Store& store, JobRunner* runner) {
  const auto say = [&invocation](const std::string& line) {
    invocation.err.Write(PlainLine(line) + "\n");
    invocation.err.Flush();
  };
  runner->on_note = say;
  runner->on_submitted = [&invocation, say](RunId run, const std::string& job) {
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
  runner->on_run_end = [&invocation, &store, say](RunId id) {
    const RunRecord run = FindRun(store, id).value();
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
  std::vector<LoadedJob> jobs = LoadJobs(invocation, options);
  if (jobs.empty()) return ExitCodeOf(ErrorKind::kUsage);
  ApplyFlags(options, &jobs);
  CheckGateways(invocation.config, jobs);
  const int side_by_side = options.jobs > 0 ? options.jobs : static_cast<int>(jobs.size());
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  store.RegisterWorker();
  for (const RunId run : store.EndAttemptsOfDeadWorkers(Now())) {
    invocation.err.Write(fmt::format("run {}: failed (interrupted): its Cellar died\n", run.value));
  }
  JobRunner runner(store, invocation.config, options.strict_outputs);
  Listen(invocation, store, &runner);
  const std::vector<RunId> ids = runner.Run(std::move(jobs), side_by_side);
  int code = 0;
  std::vector<RunRecord> records;
  for (const RunId id : ids) {
    records.push_back(FindRun(store, id).value());
    code = WorseExitCode(code, ExitCodeOf(records.back().state, records.back().reason));
  }
  if (invocation.json) {
    WriteRunsJson(records, [&](std::string_view text) { invocation.out.Write(text); });
  }
  return runner.signal() != 0 ? 128 + runner.signal() : code;
}

}  // namespace

Action DefineRun(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  app.add_option("FILE", options->files, "Job files; - is standard input")->required();
  app.add_option("-p", options->assignments, "A parameter's value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("-f", options->value_files, "A TOML or JSON file of such values")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--kernel", options->kernel, "The kernelspec, before what the job says")
      ->type_name("NAME");
  app.add_option("--timeout", options->timeout, "Of each attempt, before what the job says")
      ->type_name("DURATION");
  app.add_option("--jobs", options->jobs, "At most so many side by side; default: all")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--strict-outputs", options->strict_outputs,
               "A cell fails when the gateway dropped some of its outputs");
  return [options](Invocation& invocation) { return RunJobs(invocation, *options); };
}

}  // namespace cellar
