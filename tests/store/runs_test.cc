#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class RunsTest : public StoreTest {
 protected:
  Store store_ = OpenStore();
};

NewRun Weather() {
  NewRun run = RunOf("weather", {"load()", "clean()"});
  run.job.gateway = "lab";
  run.job.kernel = "python3";
  run.job.tags = {"nightly", "weather"};
  run.job.timeout = std::chrono::minutes(30);
  run.job.retry.attempts = 3;
  run.job.retry.on = {RunReason::kKernelDied};
  run.job.cells[0].name = "load";
  run.job.parameters = {{"limit", Value(5), {}}, {"source", Value("a.csv"), {}}};
  return run;
}

TEST_F(RunsTest, KeepsARunAsItWasSubmitted) {
  const RunId id = store_.AddRun(Weather(), At());
  const RunRecord run = FindRun(store_, id).value();
  EXPECT_EQ(run.id, id);
  EXPECT_EQ(run.job, "weather");
  EXPECT_EQ(run.state, RunState::kQueued);
  EXPECT_EQ(run.reason, std::nullopt);
  EXPECT_EQ(run.parameters.dump(), R"({"limit":5,"source":"a.csv"})");
  EXPECT_EQ(run.tags, (std::vector<std::string>{"nightly", "weather"}));
  EXPECT_EQ(run.gateway, "lab");
  EXPECT_EQ(run.kernelspec, "python3");
  EXPECT_EQ(run.attempt, 0);
  EXPECT_EQ(run.submitted_at, At());
  EXPECT_EQ(run.started_at, std::nullopt);
  EXPECT_EQ(run.finished_at, std::nullopt);
  EXPECT_EQ(run.job_file, "weather.toml");
  EXPECT_EQ(run.job_sha256, std::string(64, 'a'));
}

TEST_F(RunsTest, GivesTheJobBackWithItsValues) {
  const RunId id = store_.AddRun(Weather(), At());
  const Job job = JobOfRun(store_, id).value();
  EXPECT_EQ(job.name, "weather");
  EXPECT_EQ(job.timeout, std::chrono::minutes(30));
  EXPECT_EQ(job.retry.on, std::vector{RunReason::kKernelDied});
  EXPECT_EQ(job.parameters.at(0).value, Value(5));
  EXPECT_EQ(job.parameters.at(1).value, Value("a.csv"));
  EXPECT_EQ(job.cells.at(1).source, "clean()");
}

TEST_F(RunsTest, KeepsTheDefinitionOfASweepOnce) {
  for (int limit = 0; limit < 100; ++limit) {
    NewRun run = Weather();
    run.job.parameters[0].value = Value(limit);
    store_.AddRun(run, At());
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM content"), "1\n");
  EXPECT_EQ(JobOfRun(store_, RunId{42})->parameters.at(0).value, Value(41));
}

TEST_F(RunsTest, KnowsNoRunThatIsNotThere) {
  EXPECT_EQ(FindRun(store_, RunId{7}), std::nullopt);
  EXPECT_EQ(JobOfRun(store_, RunId{7}), std::nullopt);
  EXPECT_EQ(LastRun(store_, ""), std::nullopt);
  EXPECT_TRUE(FindCells(store_, RunId{7}).empty());
}

TEST_F(RunsTest, ClaimsAQueuedRunOnce) {
  const RunId id = store_.AddRun(Weather(), At());
  Store other = OpenStore();
  const Claim claim = store_.ClaimRun(id, At(1500)).value();
  EXPECT_EQ(claim.run, id);
  EXPECT_EQ(claim.number, 1);
  EXPECT_EQ(claim.job.parameters.at(0).value, Value(5));
  EXPECT_FALSE(other.ClaimRun(id, At(1600)).has_value());
  EXPECT_FALSE(store_.ClaimRun(RunId{99}, At(1600)).has_value());
  EXPECT_EQ(TranscriptOf(store_, id), "run 1 weather running\n[0] pending\n[1] pending\n");
}

TEST_F(RunsTest, MeasuresTheQueueFromSubmissionToClaim) {
  const RunId id = store_.AddRun(Weather(), At());
  store_.ClaimRun(id, At(1500));
  const RunRecord run = FindRun(store_, id).value();
  EXPECT_EQ(run.started_at, At(1500));
  EXPECT_EQ(run.queue, Millis(1500));
  EXPECT_EQ(run.attempt, 1);
}

TEST_F(RunsTest, MeasuresNoNegativeQueueWhenTheClockWasSetBack) {
  const RunId id = store_.AddRun(Weather(), At());
  store_.ClaimRun(id, At(-60'000));
  EXPECT_EQ(FindRun(store_, id)->queue, Millis(0));
}

TEST_F(RunsTest, TellsTheLivingFromTheDead) {
  const WorkerId worker = store_.RegisterWorker();
  EXPECT_EQ(store_.RegisterWorker(), worker);
  Store other = OpenStore();
  EXPECT_NE(other.RegisterWorker(), worker);
  EXPECT_TRUE(store_.IsAlive(worker));
  EXPECT_TRUE(other.IsAlive(worker));
  EXPECT_TRUE(OpenStore(StoreMode::kReadOnly).IsAlive(worker));
  { const Store gone = std::move(store_); }
  EXPECT_FALSE(other.IsAlive(worker));
  store_ = OpenStore();
}

TEST_F(RunsTest, LeavesTheAttemptsOfTheLivingAlone) {
  const Claim claim = Begin(store_, Weather());
  EXPECT_TRUE(OpenStore().EndAttemptsOfDeadWorkers(At(5000)).empty());
  EXPECT_EQ(FindRun(store_, claim.run)->state, RunState::kRunning);
}

TEST_F(RunsTest, EndsWhatADeadWorkerLeft) {
  {
    Store dying = OpenStore();
    const Claim claim = Begin(dying, RunOf("weather", {"a", "b", "c"}));
    AttemptWriter writer(dying, claim.attempt, 0);
    writer.BeginCell(0, "m0", "s", At());
    writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(2)}, At());
    writer.BeginCell(1, "m1", "s", At());
    writer.Flush();
  }
  EXPECT_EQ(store_.EndAttemptsOfDeadWorkers(At(5000)), std::vector{RunId{1}});
  EXPECT_TRUE(store_.EndAttemptsOfDeadWorkers(At(6000)).empty());
  const RunRecord run = FindRun(store_, RunId{1}).value();
  EXPECT_EQ(run.finished_at, At(5000));
  EXPECT_EQ(run.duration, std::nullopt);
  EXPECT_EQ(
      Ask("SELECT state, reason, message GLOB 'its Cellar (process [0-9]* on *) ended without "
          "finishing it' FROM runs UNION ALL SELECT cell, state, 1 FROM cells"),
      "failed|interrupted|1\n0|succeeded|1\n1|unknown|1\n2|not_run|1\n");
}

TEST_F(RunsTest, RefusesRowsThatCannotBe) {
  Begin(store_, Weather());
  SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
  for (const char* change : {
           "UPDATE run SET state = 'done'",
           "UPDATE run SET state = 'succeeded'",
           "UPDATE run SET finished_at = 1",
           "UPDATE run SET state = 'failed', finished_at = 1",
           "UPDATE run SET state = 'failed', finished_at = 1, reason = 'by_user'",
           "UPDATE run SET state = 'running', reason = 'cell_error'",
           "UPDATE attempt SET state = 'succeeded'",
           "UPDATE attempt SET state = 'queued'",
           "UPDATE cell SET state = 'running'",
           "UPDATE cell SET state = 'failed', reason = 'by_user', started_at = 1, msg_id = 'm'",
           "UPDATE cell SET duration_ms = 1",
           "UPDATE cell SET started_at = 'noon'",
           "INSERT INTO attempt SELECT 99, run_id, 2, worker_id, state, reason, message, gateway, "
           "kernelspec, started_at, finished_at, queue_ms, kernel_start_ms, duration_ms "
           "FROM attempt",
       }) {
    EXPECT_THROW(database.exec(change), SQLite::Exception) << change;
  }
}

}  // namespace
}  // namespace cellar
