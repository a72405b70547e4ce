// Jobs by what became of their runs.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "runner/review/api/endpoints.h"
#include "runner/review/job_stats.h"
#include "runner/review/json_values.h"
#include "runner/review/times.h"
#include "store/job_history.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRunsInGrid = 30;

// --- All jobs

Json BriefToJson(const RunBrief& run) {
  return {{"id", run.id.value},
          {"state", ToWord(run.state)},
          {"reason", run.reason ? Json(ToWord(*run.reason)) : Json(nullptr)},
          {"submitted_at", FormatUtc(run.submitted_at)},
          {"duration_ms", MillisOrNull(run.duration)}};
}

Json SummaryToJson(const JobSummary& job) {
  Json last = Json::array();
  std::vector<double> durations;
  for (const RunBrief& run : job.last) {
    last.push_back(BriefToJson(run));
    const bool counts = run.state == RunState::kSucceeded && run.duration;
    if (counts) durations.push_back(run.duration->count());
  }
  return {{"name", job.name},
          {"runs", job.runs},
          {"last", std::move(last)},
          {"median_ms", MillisOrNull(StatsOf(std::move(durations)).median)}};
}

// --- One job

Json TrendRunToJson(const RunBrief& run) {
  return {{"id", run.id.value},
          {"state", ToWord(run.state)},
          {"reason", run.reason ? Json(ToWord(*run.reason)) : Json(nullptr)},
          {"message", run.message},
          {"submitted_at", FormatUtc(run.submitted_at)},
          {"queue_ms", MillisOrNull(run.queue)},
          {"kernel_start_ms", MillisOrNull(run.kernel_start)},
          {"duration_ms", MillisOrNull(run.duration)}};
}

/// A cell through the runs of its job: the same name, or the same place where it has none.
struct CellTrend {
  std::string name;
  int index = 0;
  int count = 0;
  int failures = 0;
  std::vector<double> durations;  // of those that succeeded
  std::map<RunId, double> by_run;
};

Json CellTrendToJson(const CellTrend& cell, const std::vector<RunBrief>& runs) {
  Json durations = Json::array();
  for (const RunBrief& run : runs) {
    const auto found = cell.by_run.find(run.id);
    durations.push_back(found == cell.by_run.end() ? Json(nullptr) : Json(found->second));
  }
  const DurationStats stats = StatsOf(cell.durations);
  return {{"name", cell.name},
          {"index", cell.index},
          {"count", cell.count},
          {"failures", cell.failures},
          {"median_ms", MillisOrNull(stats.median)},
          {"p95_ms", MillisOrNull(stats.p95)},
          {"durations_ms", std::move(durations)}};
}

/// In the order that the newest run has. `timings` are by run, the oldest first.
std::vector<CellTrend> TrendsOf(const std::vector<CellTiming>& timings) {
  std::map<std::string, CellTrend> trends;
  std::set<std::string> taken;  // in the run at hand
  RunId run;
  for (const CellTiming& cell : timings) {
    if (cell.run != run) taken.clear();
    run = cell.run;
    const std::string place = "[" + std::to_string(cell.index) + "]";
    std::string name = cell.name;
    if (name.empty()) name = cell.kind == CellKind::kParameters ? "parameters" : place;
    if (!taken.insert(name).second) name += " " + place;  // two of one name
    CellTrend& trend = trends[name];
    trend.name = name;
    trend.index = cell.index;
    trend.count += cell.has_begun ? 1 : 0;
    trend.failures += cell.state == CellState::kFailed ? 1 : 0;
    if (!cell.duration) continue;
    if (cell.state == CellState::kSucceeded) trend.durations.push_back(cell.duration->count());
    trend.by_run[cell.run] = cell.duration->count();
  }
  std::vector<CellTrend> ordered;
  for (auto& [name, trend] : trends) ordered.push_back(std::move(trend));
  const auto is_before = [](const CellTrend& a, const CellTrend& b) { return a.index < b.index; };
  std::stable_sort(ordered.begin(), ordered.end(), is_before);
  return ordered;
}

Json FirstBadToJson(const std::optional<FirstBadRun>& bad) {
  if (!bad) return nullptr;
  return {{"run", bad->run.value},
          {"last_good", bad->last_good ? Json(bad->last_good->value) : Json(nullptr)},
          {"bad_runs", bad->bad_runs}};
}

}  // namespace

ApiAnswer AnswerJobs(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"limit", "cursor", "text"});
  JobListing listing;
  listing.limit = query.Limit(500, 100);
  listing.after = query.Text("cursor");
  listing.text = query.Text("text").substr(0, 1000);
  listing.last = kRunsInGrid;
  const JobPage page = ListJobs(*context.store, listing);
  Json jobs = Json::array();
  for (const JobSummary& job : page.jobs) jobs.push_back(SummaryToJson(job));
  Json answer{{"schema_version", 1}, {"jobs", std::move(jobs)}};
  answer["next"] = page.next ? Json(*page.next) : Json(nullptr);
  return JsonAnswer(answer);
}

ApiAnswer AnswerJob(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"limit"});
  const std::string& job = request.path[1];
  const JobHistory history = FindJobHistory(*context.store, job, query.Limit(1000, 200));
  Json answer{{"schema_version", 1},
              {"job", job},
              {"total", history.total},
              {"runs", Json::array()},
              {"cells", Json::array()}};
  for (const RunBrief& run : history.runs) answer["runs"].push_back(TrendRunToJson(run));
  for (const CellTrend& cell : TrendsOf(history.cells)) {
    answer["cells"].push_back(CellTrendToJson(cell, history.runs));
  }
  answer["first_bad"] = FirstBadToJson(history.first_bad);
  return JsonAnswer(answer);
}

}  // namespace cellar
