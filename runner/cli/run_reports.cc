#include "runner/cli/run_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "jobs/error.h"
#include "runner/cli/written_file.h"
#include "runner/exit_code.h"
#include "runner/review/cell_failure.h"
#include "runner/review/junit.h"
#include "runner/review/markdown_report.h"
#include "runner/review/metrics.h"
#include "runner/review/run_text.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr std::size_t kMostEchoed = 1 << 20;   // bytes of a run in a log
constexpr std::size_t kMostSummary = 1 << 20;  // of a step: GitHub refuses more
constexpr int kMostAnnotations = 10;           // of a step: GitHub shows no more

void CheckReportFile(const char* flag, const std::string& file) {
  if (file.empty()) return;
  std::error_code ignored;
  if (file == "-" || std::filesystem::is_directory(file, ignored)) {
    throw Error(ErrorKind::kUsage, fmt::format("run: {} {}: give a file's name", flag, file));
  }
  CheckWritable(file);
}

/// Passes on the beginning of a long text.
class Beginning {
 public:
  Beginning(const TextSink& sink, std::string rest) : sink_(sink), rest_(std::move(rest)) {}

  void Take(std::string_view text) {
    if (is_cut_) return;
    sink_(text.substr(0, left_));
    is_cut_ = text.size() > left_;
    left_ -= std::min(left_, text.size());
    if (is_cut_) sink_("\n" + rest_ + "\n");
  }

 private:
  const TextSink& sink_;
  std::string rest_;
  std::size_t left_ = kMostEchoed;
  bool is_cut_ = false;
};

std::string CellTitle(const RunRecord& run, const CellRecord& cell) {
  return fmt::format("{}: cell {}{}", run.job, cell.index,
                     cell.name.empty() ? "" : " (" + cell.name + ")");
}

}  // namespace

void Annotate(const Problem& problem, CiLog* log) {
  GithubAnnotation annotation;
  annotation.file = problem.file == "-" ? "" : problem.file;
  annotation.line = problem.line;
  annotation.column = problem.column;
  annotation.title = "unsound job file";
  annotation.message = problem.what;
  if (!problem.suggestion.empty()) annotation.message += "; " + problem.suggestion;
  log->Annotate(std::move(annotation));
}

RunReports::RunReports(Invocation& invocation, ReportOptions options)
    : invocation_(invocation), options_(std::move(options)), log_(invocation.err) {
  CheckReportFile("--junit", options_.junit_file);
  CheckReportFile("--metrics-file", options_.metrics_file);
}

void RunReports::TakeEnd(const Store& store, const RunRecord& run) {
  if (!log_.folds()) return;
  if (!invocation_.quiet) {
    const std::string title = fmt::format("run {}: {}: outputs", run.id.value, run.job);
    log_.WriteSection(fmt::format("cellar_run_{}", run.id.value), title, [&](const TextSink& sink) {
      Beginning beginning(sink, fmt::format("… the rest: cellar show {}", run.id.value));
      WriteRunText(store, run, {}, [&](std::string_view text) { beginning.Take(text); });
    });
  }
  if (run.state != RunState::kSucceeded) AnnotateFailure(store, run);
  AppendSummary(store, run);
}

/// At each cell that failed; where none did, at the job's file.
void RunReports::AnnotateFailure(const Store& store, const RunRecord& run) {
  int count = 0;
  for (const CellRecord& cell : FindCells(store, run.id, run.attempt)) {
    const bool failed = cell.state == CellState::kFailed && run.state != RunState::kCancelled;
    if (!failed || count == kMostAnnotations) continue;
    ++count;
    const auto outputs = FindOutputs(store, run.id, run.attempt, cell.index);
    GithubAnnotation annotation;
    annotation.file = cell.file;
    annotation.line = FailingFileLine(cell, FailureOf(cell, outputs));
    annotation.title = CellTitle(run, cell);
    annotation.message = cell.message.empty() ? run.message : cell.message;
    log_.Annotate(std::move(annotation));
  }
  if (count > 0) return;
  GithubAnnotation annotation;
  if (run.state == RunState::kCancelled) annotation.level = GithubLevel::kWarning;
  annotation.file = run.job_file;
  annotation.title = fmt::format("{}: run {} {}", run.job, run.id.value, ToWord(run.state));
  if (run.reason) annotation.title += fmt::format(" ({})", ToWord(*run.reason));
  annotation.message = run.message.empty() ? annotation.title : run.message;
  log_.Annotate(std::move(annotation));
}

/// What GitHub shows on the page of the workflow's run.
void RunReports::AppendSummary(const Store& store, const RunRecord& run) {
  const char* file = std::getenv("GITHUB_STEP_SUMMARY");
  if (!log_.annotates() || file == nullptr || *file == '\0') return;
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  const std::size_t used = error ? 0 : static_cast<std::size_t>(size);
  const std::size_t left = kMostSummary - std::min(kMostSummary, used);
  const std::string summary = MarkdownSummary(store, run, left) + "\n";
  if (summary.size() > left) return;
  std::ofstream out(file, std::ios::app | std::ios::binary);
  out << summary << std::flush;
  if (!out) invocation_.err.Write(fmt::format("cannot write the summary to {}\n", PlainLine(file)));
}

int RunReports::Write(const Store& store) {
  std::vector<RunRecord> runs;
  try {
    for (const RunId id : runs_) {
      if (auto run = FindRun(store, id)) runs.push_back(std::move(*run));
    }
    const auto write = [&](const std::string& path, const auto& report) {
      if (path.empty()) return;
      WrittenFile file(path, AtPlace::kFollowed);
      report(store, runs, [&](std::string_view text) { file.Write(text); });
      file.Commit();
    };
    write(options_.junit_file, WriteJunit);
    write(options_.metrics_file, WriteMetrics);
    return 0;
  } catch (const Error& error) {
    invocation_.err.Write("cellar: " + PlainLine(error.what()) + "\n");
    return ExitCodeOf(error.kind());
  }
}

}  // namespace cellar
