#include "tests/runner/scheduler_fixture.h"

#include "runner/wall_clock.h"
#include "store/history.h"
#include "store/store_impl.h"

namespace cellar {

SchedulerTest::SchedulerTest() {
  folder_.Write("token", "fake-token");
  Configure("lab", gateway_.Address().url);
  config_.default_gateway = "lab";
  listener_.on_begin = [](RunId, const std::string&) {};
  listener_.on_cell_end = [](RunId, int, const std::string&, const CellEnd&) {};
  listener_.on_end = [](RunId) {};
  listener_.on_note = [this](const std::string& line) { notes_ += line + "\n"; };
  settings_.drain = true;
}

GatewayConfig& SchedulerTest::Configure(const std::string& name, const std::string& url) {
  GatewayConfig& gateway = config_.gateways[name];
  gateway.url = url;
  gateway.token_file = folder_ / "token";
  return gateway;
}

RunId SchedulerTest::Submit(const std::vector<std::string>& cells, int priority) {
  NewRun run;
  run.job.name = "story";
  run.priority = priority;
  for (const std::string& code : cells) {
    Cell cell;
    cell.source = code;
    run.job.cells.push_back(cell);
  }
  Store store = OpenStore();
  return store.AddRun(run, WallClock());
}

NewRun SchedulerTest::ForegroundRun() {
  NewRun run;
  run.job.name = "theirs";
  run.job.cells.resize(1);
  run.foreground = true;
  return run;
}

RunId SchedulerTest::SubmitJob(const Job& job) {
  NewRun run;
  run.job = job;
  Store store = OpenStore();
  return store.AddRun(run, WallClock());
}

void SchedulerTest::TakeOverByForce(RunId run, WorkerId worker) {
  Store store = OpenStore();
  for (const char* table : {"attempt", "kernel"}) {
    const std::string which = std::string(table) == "attempt"
                                  ? "run_id = :run"
                                  : "attempt_id = (SELECT id FROM attempt WHERE run_id = :run)";
    store.impl()
        .database
        .PrepareOnce("UPDATE " + std::string(table) + " SET worker_id = :worker WHERE " + which)
        .Bind(":worker", worker.value)
        .Bind(":run", run.value)
        .Run();
  }
}

int SchedulerTest::Work() {
  Store store = OpenStore();
  store.RegisterWorker(WorkerKind::kWork);
  Scheduler scheduler(store, config_, settings_, listener_);
  scheduler.Run();
  return scheduler.signal();
}

std::string SchedulerTest::Stored(RunId id) const {
  const Store store = OpenStore();
  const RunRecord run = FindRun(store, id).value();
  std::string text = std::string(ToWord(run.state));
  if (run.reason) text += " " + std::string(ToWord(*run.reason));
  text += ", attempt " + std::to_string(run.attempt) + "\n";
  for (const CellRecord& cell : FindCells(store, id)) {
    text += "[" + std::to_string(cell.index) + "] " + std::string(ToWord(cell.state)) + "\n";
    for (const OutputRecord& output : FindOutputs(store, id, 0, cell.index)) {
      text += output.body.value("text", "");
    }
    for (const EventRecord& event : cell.events) {
      text += "event " + std::string(ToWord(event.kind)) + "\n";
    }
  }
  return text;
}

}  // namespace cellar
