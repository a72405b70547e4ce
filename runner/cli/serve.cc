#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/page_arguments.h"
#include "runner/cli/worker.h"
#include "runner/exit_code.h"
#include "runner/review/times.h"
#include "runner/schedule_firing.h"
#include "runner/service_manager.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

/// What `serve` does beside `work`, at each turn of the loop: schedules, and words to systemd.
class Service {
 public:
  /// `page`: nullptr: there is none.
  Service(Store& store, Scheduler& scheduler, EventLog& log, bool quiet, PageServer* page)
      : scheduler_(scheduler), log_(log), quiet_(quiet), page_(page), firing_(store) {
    firing_.on_fired = [this](const ScheduledSlot& slot, const Submission& submission) {
      SayFired(slot, submission);
    };
    firing_.on_note = [this](const std::string& line) {
      log_.Write({LogLevel::kWarning, "schedule_note", line});
    };
    manager_.on_fault = [this](const std::string& line) {
      log_.Write({LogLevel::kWarning, "service_manager", line});
    };
  }

  milliseconds Turn() {
    TellPage();
    if (scheduler_.signal() != 0) return Stop();
    const milliseconds pause = firing_.Fire(WallClock());
    if (!is_ready_) Say("ready", "taking runs from the queue");
    is_ready_ = true;
    const auto beat = manager_.Working(Status(), ServiceManager::Clock::now());
    return std::min(pause, beat.value_or(pause));
  }

 private:
  void TellPage() {
    if (page_ == nullptr) return;
    std::vector<GatewayState> states;
    for (const auto& [name, state] : scheduler_.GatewaysNow()) states.push_back({name, state, ""});
    page_->SetGatewayStates(std::move(states));
  }

  milliseconds Stop() {
    if (!is_stopping_) {
      Say("stopping", fmt::format("stopping: {} running", Count(scheduler_.running())));
    }
    is_stopping_ = true;
    const std::string status = fmt::format("stopping; {} running", Count(scheduler_.running()));
    const auto beat = manager_.Stopping(status, ServiceManager::Clock::now());
    return beat.value_or(std::chrono::seconds(1));
  }

  std::string Status() const {
    std::string status = Count(scheduler_.running()) + " running";
    if (const auto& coming = firing_.coming()) {
      status +=
          fmt::format("; next by schedule: {} at {}", coming->name, FormatLocal(coming->slot.due));
    }
    return status;
  }

  static std::string Count(std::size_t runs) {
    return fmt::format("{} run{}", runs, runs == 1 ? "" : "s");
  }

  void Say(const std::string& event, const std::string& message) {
    if (!quiet_) log_.Write({LogLevel::kInfo, event, message});
  }

  void SayFired(const ScheduledSlot& due, const Submission& submission) {
    const RunId run = submission.run;
    LogEvent event{LogLevel::kInfo, "slot_fired",
                   fmt::format("run {}: submitted by schedule {} for {}", run.value, due.name,
                               FormatLocal(due.slot.at)),
                   run, due.name};
    event.more["schedule"] = due.name;
    event.more["slot"] = FormatUtc(due.slot.at);
    event.more["state"] = ToWord(submission.state);
    if (submission.reason) {
      event.more["reason"] = ToWord(*submission.reason);
      event.message +=
          fmt::format(": {} ({})", ToWord(submission.state), ToWord(*submission.reason));
    }
    if (!quiet_) log_.Write(event);
  }

  Scheduler& scheduler_;
  EventLog& log_;
  bool quiet_;
  PageServer* page_;
  ScheduleFiring firing_;
  ServiceManager manager_;
  bool is_ready_ = false;
  bool is_stopping_ = false;
};

struct ServeOptions {
  WorkerOptions worker;
  PageArguments page;
  bool no_page = false;
};

/// Whoever says how the page is to be gets it so, or learns why not.
bool IsAskedFor(const PageArguments& page) {
  return !page.listen.empty() || !page.tls_certificate.empty() || !page.tls_key.empty() ||
         !page.token_file.empty();
}

/// Where another listens already and nobody named the port, runs matter more than the page.
std::unique_ptr<PageServer> StartPage(Invocation& invocation, const ServeOptions& options,
                                      EventLog& log) {
  if (options.no_page) return nullptr;
  PageSettings settings = SettingsOf(options.page);
  settings.actions = settings.works = true;
  try {
    auto page = std::make_unique<PageServer>(invocation.config, settings);
    if (!invocation.quiet) {
      log.Write({LogLevel::kInfo, "page", "page: " + WayIn(*page, invocation.err.is_terminal())});
    }
    return page;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage || IsAskedFor(options.page)) throw;
    log.Write({LogLevel::kWarning, "page", std::string("no page: ") + error.what()});
    return nullptr;
  }
}

int ServeUntilStopped(Invocation& invocation, const ServeOptions& options,
                      const SchedulerSettings& settings, EventLog& log) {
  Store store = OpenAsWorker(invocation, WorkerKind::kServe, log);
  const std::unique_ptr<PageServer> page = StartPage(invocation, options, log);
  int worst = 0;  // of runs that nobody here waits for
  Scheduler scheduler(store, invocation.config, settings,
                      ListenAsWorker(invocation, store, log, &worst));
  Service service(store, scheduler, log, invocation.quiet, page.get());
  scheduler.on_turn = [&service] { return service.Turn(); };
  scheduler.Run();
  return 128 + scheduler.signal();
}

int Serve(Invocation& invocation, const ServeOptions& options) {
  const SchedulerSettings settings = SettingsOf("serve", options.worker);
  EventLog log(invocation.err, ChooseLogFormat(options.worker.log_format, LogFormat::kText));
  try {
    return ServeUntilStopped(invocation, options, settings, log);
  } catch (const Error& error) {  // said as everything else is: programs read the log
    log.Write({LogLevel::kError, "failed", error.what()});
    return ExitCodeOf(error.kind());
  }
}

}  // namespace

Action DefineServe(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  AddWorkerOptions(app, &options->worker);
  AddPageArguments(app, &options->page);
  app.add_flag("--no-page", options->no_page, "Without the page and its API");
  return [options](Invocation& invocation) { return Serve(invocation, *options); };
}

}  // namespace cellar
