// What waits and why, what runs, and who works.
#include <nlohmann/json.hpp>

#include "runner/review/api/endpoints.h"
#include "runner/review/queue_text.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "store/attempts.h"
#include "store/queue.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostRuns = 500;

const char* WordOf(WorkerKind kind) {
  return kind == WorkerKind::kRun ? "run" : kind == WorkerKind::kWork ? "work" : "serve";
}

}  // namespace

ApiAnswer AnswerQueue(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const Store& store = *context.store;
  Json queued = Json::array();
  for (const QueuedRun& one : QueuedRuns(store, Now(), kMostRuns)) {
    queued.push_back({{"run", RunToJson(one.run)}, {"place", QueuePlaceToJson(one.place)}});
  }
  Json running = Json::array();
  RunFilter filter;
  filter.state = RunState::kRunning;
  filter.limit = kMostRuns;
  for (const RunRecord& run : FindRuns(store, filter)) running.push_back(RunToJson(run));
  Json workers = Json::array();
  for (const LiveWorker& worker : FindLiveWorkers(store)) {
    workers.push_back(
        {{"worker", worker.name}, {"kind", WordOf(worker.kind)}, {"running", worker.running}});
  }
  return JsonAnswer({{"schema_version", 1},
                     {"queued", std::move(queued)},
                     {"running", std::move(running)},
                     {"total_queued", CountQueued(store)},
                     {"workers", std::move(workers)}});
}

}  // namespace cellar
