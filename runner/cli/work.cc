#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <vector>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/cli/ci_log.h"
#include "runner/cli/commands.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "runner/scheduler.h"
#include "store/history.h"

namespace cellar {
namespace {

struct WorkOptions {
  bool drain = false;
  bool drain_on_stop = false;
  int jobs = 0;
  std::string grace = "30s";
};

SchedulerSettings SettingsOf(const WorkOptions& options) {
  SchedulerSettings settings;
  settings.drain = options.drain;
  settings.drain_on_stop = options.drain_on_stop;
  settings.side_by_side = options.jobs;
  const auto grace = ParseDuration(options.grace);
  if (!grace) {
    throw Error(ErrorKind::kUsage, fmt::format("work: --grace: \"{}\" is not a duration; write "
                                               "\"10s\", \"5m\"",
                                               options.grace));
  }
  settings.grace = *grace;
  return settings;
}

std::string EndLine(const RunRecord& run) {
  std::string line = fmt::format("run {}: {}: {}", run.id.value, run.job, ToWord(run.state));
  if (run.reason) line += fmt::format(" ({})", ToWord(*run.reason));
  if (run.duration) line += " " + FormatElapsed(*run.duration);
  if (!run.message.empty()) line += ": " + run.message;
  return line;
}

bool IsBad(const RunRecord& run) {
  return run.state == RunState::kFailed || run.state == RunState::kCancelled;
}

RunListener Listen(Invocation& invocation, const Store& store, int* worst) {
  const auto say = [&invocation](const std::string& line) {
    invocation.err.Write(PlainLine(line) + "\n");
    invocation.err.Flush();
  };
  RunListener listener;
  listener.on_note = say;
  listener.on_begin = [&invocation, say](RunId run, const std::string& job) {
    if (!invocation.quiet) say(fmt::format("run {}: {}", run.value, job));
  };
  listener.on_cell_end = [&invocation, say](RunId run, int cell, const std::string& name,
                                            const CellEnd& end) {
    if (invocation.verbosity == 0) return;
    say(fmt::format("run {}: [{}] {}{}{}", run.value, cell, name, name.empty() ? "" : " ",
                    ToWord(end.state)));
  };
  listener.on_end = [&invocation, &store, say, worst](RunId id) {
    const RunRecord run = FindRun(store, id).value();
    if (IsBad(run)) *worst = WorseExitCode(*worst, ExitCodeOf(run.state, run.reason));
    if (!invocation.quiet || IsBad(run)) say(EndLine(run));
  };
  return listener;
}

int Work(Invocation& invocation, const WorkOptions& options) {
  const SchedulerSettings settings = SettingsOf(options);
  const CiLog log(invocation.err);
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  store.RegisterWorker(WorkerKind::kWork);
  for (const RunId run : store.EndAttemptsOfDeadWorkers(Now())) {
    invocation.err.Write(fmt::format("run {}: failed (interrupted): its Cellar died\n", run.value));
  }
  int worst = 0;
  Scheduler scheduler(store, invocation.config, settings, Listen(invocation, store, &worst));
  scheduler.Run();
  if (scheduler.signal() != 0) return 128 + scheduler.signal();
  return worst;
}

}  // namespace

Action DefineWork(CLI::App& app) {
  auto options = std::make_shared<WorkOptions>();
  app.add_flag("--drain", options->drain,
               "Until the queue is empty; the exit code is that of the worst run");
  app.add_option("--jobs", options->jobs, "At most so many side by side; default: as the gateways")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--drain-on-stop", options->drain_on_stop,
               "The first signal lets the running runs end, instead of leaving their cells to the "
               "next worker");
  app.add_option("--grace", options->grace, "How long after the first signal, at most (30s)")
      ->type_name("DURATION");
  return [options](Invocation& invocation) { return Work(invocation, *options); };
}

}  // namespace cellar
