#include "runner/cli/worker.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/cli/run_lines.h"
#include "runner/exit_code.h"
#include "runner/review/times.h"
#include "store/history.h"

namespace cellar {
namespace {

bool IsBad(const RunRecord& run) {
  return run.state == RunState::kFailed || run.state == RunState::kCancelled;
}

/// Of a line about a run, which begins "run 7".
std::optional<RunId> RunIn(const std::string& line) {
  if (!line.starts_with("run ")) return std::nullopt;
  RunId run;
  const auto read = std::from_chars(line.data() + 4, line.data() + line.size(), run.value);
  if (read.ec != std::errc()) return std::nullopt;
  return run;
}

LogEvent EndEvent(const RunRecord& run) {
  LogEvent event{IsBad(run) ? LogLevel::kWarning : LogLevel::kInfo,
                 IsEnded(run.state) ? "run_ended" : "run_queued_again", EndLine(run), run.id,
                 run.job};
  event.more["state"] = ToWord(run.state);
  if (run.reason) event.more["reason"] = ToWord(*run.reason);
  event.more["attempt"] = run.attempt;
  if (run.duration) event.more["duration_ms"] = run.duration->count();
  return event;
}

LogEvent CellEvent(RunId run, int cell, const std::string& name, const CellEnd& end) {
  LogEvent event{LogLevel::kInfo, "cell_ended",
                 fmt::format("run {}: [{}] {}{}{}", run.value, cell, name, name.empty() ? "" : " ",
                             ToWord(end.state)),
                 run};
  event.more["cell"] = cell;
  if (!name.empty()) event.more["name"] = name;
  event.more["state"] = ToWord(end.state);
  return event;
}

}  // namespace

void AddWorkerOptions(CLI::App& app, WorkerOptions* options) {
  app.add_option("--jobs", options->jobs, "At most so many side by side; default: as the gateways")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--drain-on-stop", options->drain_on_stop,
               "The first signal lets the running runs end, instead of leaving their cells to the "
               "next worker");
  app.add_option("--grace", options->grace, "How long after the first signal, at most (30s)")
      ->type_name("DURATION");
  app.add_option("--log-format", options->log_format,
                 "Of the lines on standard error: text, json (an object a line), journal (levels "
                 "as systemd reads them; the default there)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json", "journal"}));
}

SchedulerSettings SettingsOf(const std::string& command, const WorkerOptions& options) {
  SchedulerSettings settings;
  settings.drain_on_stop = options.drain_on_stop;
  settings.side_by_side = options.jobs;
  const auto grace = ParseDuration(options.grace);
  if (!grace) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: --grace: \"{}\" is not a duration; write "
                                               "\"10s\", \"5m\"",
                                               command, options.grace));
  }
  settings.grace = *grace;
  return settings;
}

Store OpenAsWorker(const Invocation& invocation, WorkerKind kind, EventLog& log) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  store.RegisterWorker(kind);
  store.SetPatience(kWorkerPatience);
  for (const RunId run : store.EndAttemptsOfDeadWorkers(Now())) {
    log.Write(EndEvent(FindRun(store, run).value()));
  }
  return store;
}

RunListener ListenAsWorker(const Invocation& invocation, const Store& store, EventLog& log,
                           int* worst) {
  RunListener listener;
  listener.on_note = [&log](const std::string& line) {
    log.Write({LogLevel::kWarning, "note", line, RunIn(line)});
  };
  listener.on_begin = [&](RunId run, const std::string& job) {
    if (invocation.quiet) return;
    log.Write(
        {LogLevel::kInfo, "run_started", fmt::format("run {}: {}", run.value, job), run, job});
  };
  listener.on_cell_end = [&](RunId run, int cell, const std::string& name, const CellEnd& end) {
    if (invocation.verbosity > 0) log.Write(CellEvent(run, cell, name, end));
  };
  listener.on_end = [&, worst](RunId id) {
    const RunRecord run = FindRun(store, id).value();
    if (IsBad(run)) *worst = WorseExitCode(*worst, ExitCodeOf(run.state, run.reason));
    if (!invocation.quiet || IsBad(run)) log.Write(EndEvent(run));
  };
  return listener;
}

}  // namespace cellar
