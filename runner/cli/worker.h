// What `work` and `serve` have in common: their options, the store as a worker has it, and what
// they say.
#pragma once

#include <string>

#include "runner/cli/commands.h"
#include "runner/cli/event_log.h"
#include "runner/scheduler.h"

namespace cellar {

struct WorkerOptions {
  bool drain_on_stop = false;
  int jobs = 0;
  std::string grace = "30s";
  std::string log_format;
};

void AddWorkerOptions(CLI::App& app, WorkerOptions* options);

/// Throws Error (kUsage) in the name of `command`.
SchedulerSettings SettingsOf(const std::string& command, const WorkerOptions& options);

/// Registers this process, and ends what a `run` that died has left.
Store OpenAsWorker(const Invocation& invocation, WorkerKind kind, EventLog& log);

/// `worst`: becomes the exit code of the worst run. All arguments must outlive it.
RunListener ListenAsWorker(const Invocation& invocation, const Store& store, EventLog& log,
                           int* worst);

}  // namespace cellar
