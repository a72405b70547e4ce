#include "runner/review/metrics.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <string>

namespace cellar {
namespace {

constexpr std::array<RunState, 5> kRunStates{RunState::kQueued, RunState::kRunning,
                                             RunState::kSucceeded, RunState::kFailed,
                                             RunState::kCancelled};
constexpr std::array<CellState, 7> kCellStates{
    CellState::kPending, CellState::kRunning, CellState::kSucceeded, CellState::kFailed,
    CellState::kSkipped, CellState::kNotRun,  CellState::kUnknown};

/// What is said of one job.
struct JobFigures {
  RunRecord run;
  std::map<CellState, int> cells;
  std::optional<TimePoint> last_success;
};

std::string LabelValue(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped.push_back('\\');
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

/// One metric: its help, its type, a line a sample.
class Metric {
 public:
  Metric(const TextSink& sink, const char* name, const char* help) : sink_(sink), name_(name) {
    sink(fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help));
  }

  void Add(const RunRecord& run, double value, const char* label = nullptr,
           std::string_view word = "") const {
    std::string labels = fmt::format("cellar_job=\"{}\"", LabelValue(run.job));
    if (label != nullptr) labels += fmt::format(",{}=\"{}\"", label, word);
    sink_(fmt::format("{}{{{}}} {}\n", name_, labels, value));
  }
  void AddTime(const RunRecord& run, const std::optional<TimePoint>& time) const {
    if (time) Add(run, static_cast<double>(time->time_since_epoch().count()) / 1000);
  }
  void AddSeconds(const RunRecord& run, const std::optional<Millis>& duration) const {
    if (duration) Add(run, duration->count() / 1000);
  }

 private:
  const TextSink& sink_;
  const char* name_;
};

JobFigures FiguresOf(const Store& store, const RunRecord& run) {
  JobFigures figures{run, {}, std::nullopt};
  for (const CellRecord& cell : FindCells(store, run.id, run.attempt)) ++figures.cells[cell.state];
  RunFilter succeeded;
  succeeded.job = run.job;
  succeeded.state = RunState::kSucceeded;
  succeeded.limit = 1;
  const auto last = FindRuns(store, succeeded);
  if (!last.empty()) figures.last_success = last.front().finished_at;
  return figures;
}

void WriteStates(const std::map<std::string, JobFigures>& jobs, const TextSink& sink) {
  const Metric state(sink, "cellar_job_last_run_state",
                     "1 for the state in which the job's last run is, 0 for the others.");
  for (const auto& [name, job] : jobs) {
    for (const RunState word : kRunStates) {
      state.Add(job.run, job.run.state == word ? 1 : 0, "state", ToWord(word));
    }
  }
  const Metric reason(sink, "cellar_job_last_run_reason",
                      "1 for the reason why the job's last run ended so, where there is one.");
  for (const auto& [name, job] : jobs) {
    if (job.run.reason) reason.Add(job.run, 1, "reason", ToWord(*job.run.reason));
  }
  const Metric cells(sink, "cellar_job_last_run_cells", "Cells of the job's last run by state.");
  for (const auto& [name, job] : jobs) {
    for (const CellState word : kCellStates) {
      const auto count = job.cells.find(word);
      cells.Add(job.run, count == job.cells.end() ? 0 : count->second, "state", ToWord(word));
    }
  }
}

void WriteTimes(const std::map<std::string, JobFigures>& jobs, const TextSink& sink) {
  const Metric started(sink, "cellar_job_last_run_started_timestamp_seconds",
                       "When the job's last run was begun.");
  for (const auto& [name, job] : jobs) started.AddTime(job.run, job.run.started_at);
  const Metric finished(sink, "cellar_job_last_run_finished_timestamp_seconds",
                        "When the job's last run ended.");
  for (const auto& [name, job] : jobs) finished.AddTime(job.run, job.run.finished_at);
  const Metric success(sink, "cellar_job_last_success_timestamp_seconds",
                       "When the last run of the job ended that succeeded.");
  for (const auto& [name, job] : jobs) success.AddTime(job.run, job.last_success);
  const Metric duration(sink, "cellar_job_last_run_duration_seconds",
                        "How long the job's last run took.");
  for (const auto& [name, job] : jobs) duration.AddSeconds(job.run, job.run.duration);
  const Metric queue(sink, "cellar_job_last_run_queue_seconds",
                     "How long the job's last run was queued.");
  for (const auto& [name, job] : jobs) queue.AddSeconds(job.run, job.run.queue);
  const Metric kernel(sink, "cellar_job_last_run_kernel_start_seconds",
                      "How long the kernel of the job's last run took to answer.");
  for (const auto& [name, job] : jobs) kernel.AddSeconds(job.run, job.run.kernel_start);
}

}  // namespace

void WriteMetrics(const Store& store, const std::vector<RunRecord>& runs, const TextSink& sink) {
  std::map<std::string, JobFigures> jobs;
  for (const RunRecord& run : runs) jobs.insert_or_assign(run.job, FiguresOf(store, run));
  WriteStates(jobs, sink);
  const Metric number(sink, "cellar_job_last_run_number", "The number of the job's last run.");
  for (const auto& [name, job] : jobs) {
    number.Add(job.run, static_cast<double>(job.run.id.value));
  }
  WriteTimes(jobs, sink);
}

}  // namespace cellar
