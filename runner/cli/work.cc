#include <CLI/CLI.hpp>
#include <memory>

#include "runner/cli/ci_log.h"
#include "runner/cli/commands.h"
#include "runner/cli/worker.h"

namespace cellar {
namespace {

struct WorkOptions {
  WorkerOptions worker;
  bool drain = false;
};

int Work(Invocation& invocation, const WorkOptions& options) {
  SchedulerSettings settings = SettingsOf("work", options.worker);
  settings.drain = options.drain;
  const CiLog guarded(invocation.err);
  EventLog log(invocation.err, ChooseLogFormat(options.worker.log_format, LogFormat::kPlain));
  Store store = OpenAsWorker(invocation, WorkerKind::kWork, log);
  int worst = 0;
  Scheduler scheduler(store, invocation.config, settings,
                      ListenAsWorker(invocation, store, log, &worst));
  scheduler.Run();
  if (scheduler.signal() != 0) return 128 + scheduler.signal();
  return worst;
}

}  // namespace

Action DefineWork(CLI::App& app) {
  auto options = std::make_shared<WorkOptions>();
  app.add_flag("--drain", options->drain,
               "Until the queue is empty; the exit code is that of the worst run");
  AddWorkerOptions(app, &options->worker);
  return [options](Invocation& invocation) { return Work(invocation, *options); };
}

}  // namespace cellar
