#include "store/schedules.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/run_control.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class SchedulesTest : public StoreTest {
 protected:
  static NewSchedule Nightly(const std::string& cron = "0 3 * * *") {
    const NewRun run = RunOf("weather", {"clean(limit)"});
    NewSchedule schedule{"nightly", run.job, run.job_file, run.job_sha256};
    schedule.job.parameters = {{"limit", Value(5), {}}};
    schedule.job.schedule = Schedule{cron, "Europe/Berlin", std::chrono::minutes(2), CatchUp::kAll};
    return schedule;
  }

  ScheduleRecord Only() const {
    const std::vector<ScheduleRecord> schedules = FindSchedules(store_);
    EXPECT_EQ(schedules.size(), 1u);
    return schedules.at(0);
  }

  std::optional<Submission> Submit(ScheduleId id, TimePoint slot,
                                   std::optional<TimePoint> due = std::nullopt) {
    NewRun run = RunOf("weather", {"1"});
    run.due = due;
    return SubmitSlot(store_, id, slot, run, At());
  }

  static std::string Said(const std::optional<SlotRecord>& slot) {
    if (!slot) return "none";
    return fmt::format("{} {} {}", (slot->slot - At()).count(), slot->run ? slot->run->value : 0,
                       slot->state ? ToWord(*slot->state) : "removed");
  }

  Store store_ = OpenStore();
};

TEST_F(SchedulesTest, KeepsAScheduleWithItsJobAsItWas) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At(7));
  const ScheduleRecord record = Only();
  EXPECT_EQ(record.id, id);
  EXPECT_EQ(record.schedule.name, "nightly");
  EXPECT_EQ(record.schedule.job, Nightly().job);
  EXPECT_EQ(record.schedule.job_file, "weather.toml");
  EXPECT_EQ(record.created_at, At(7));
  EXPECT_EQ(record.active_since, At(7));
  EXPECT_FALSE(record.paused);
  EXPECT_EQ(record.last_slot, std::nullopt);
  EXPECT_EQ(
      Ask("SELECT * FROM schedules"),
      "nightly|weather.toml|0 3 * * *|Europe/Berlin|120000|all|0|2026-11-23T02:00:00.007Z||\n");
}

TEST_F(SchedulesTest, ReplacesTheOneOfThatName) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At(0));
  Submit(id, At(5));
  NewSchedule changed = Nightly();
  changed.job.cells[0].source = "clean_better(limit)";
  EXPECT_EQ(PutSchedule(store_, changed, At(100)), id);
  EXPECT_EQ(Only().schedule.job.cells.at(0).source, "clean_better(limit)");
  EXPECT_EQ(Only().active_since, At(0));  // its times are the same: what was missed is still due
  EXPECT_EQ(Only().last_slot, At(5));
  PutSchedule(store_, Nightly("0 4 * * *"), At(200));
  EXPECT_EQ(Only().active_since, At(200));
  EXPECT_EQ(Ask("SELECT count(*) FROM content"), "2\n");  // the schedule's and the run's
}

TEST_F(SchedulesTest, SubmitsEachSlotOnce) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  EXPECT_EQ(Submit(id, At(1000))->run, RunId{1});
  EXPECT_EQ(Submit(id, At(1000)), std::nullopt);
  Store other = OpenStore();
  EXPECT_EQ(SubmitSlot(other, id, At(1000), RunOf("weather", {"1"}), At()), std::nullopt);
  EXPECT_EQ(Submit(id, At(2000))->run, RunId{2});
  EXPECT_EQ(Only().last_slot, At(2000));
  EXPECT_EQ(Ask("SELECT last_slot, last_run FROM schedules"), "2026-11-23T02:00:02.000Z|2\n");
}

TEST_F(SchedulesTest, SubmitsEachSlotOnceFromTwoProcesses) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  const auto work = [&] {
    const pid_t child = ::fork();
    if (child != 0) return child;
    Store store = OpenStore();
    for (int i = 0; i < 50; ++i) SubmitSlot(store, id, At(i), RunOf("weather", {"1"}), At());
    ::_exit(0);
  };
  const pid_t one = work();
  const pid_t two = work();
  for (const pid_t child : {one, two}) {
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(Ask("SELECT count(*), count(DISTINCT run_id), count(run_id) FROM schedule_slot"),
            "50|50|50\n");
  EXPECT_EQ(Ask("SELECT count(*) FROM run"), "50\n");
}

TEST_F(SchedulesTest, TellsTheLastAndTheNextRun) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  EXPECT_EQ(Said(Only().last), "none");
  Submit(id, At(1000));
  Submit(id, At(2000));
  Submit(id, At(3000), At(3500));
  Finish(store_, store_.ClaimRun(RunId{1}, At(1000)).value(), RunState::kFailed,
         RunReason::kCellError);
  EXPECT_EQ(Said(Only().last), "1000 1 failed");
  EXPECT_EQ(Only().last->reason, RunReason::kCellError);
  EXPECT_EQ(Said(Only().next), "2000 2 queued");
  store_.ClaimRun(RunId{2}, At(2000));
  EXPECT_EQ(Said(Only().last), "2000 2 running");
  EXPECT_EQ(Said(Only().next), "3000 3 queued");
}

TEST_F(SchedulesTest, TellsWhenEachFiresWithoutItsJob) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At(7));
  Submit(id, At(1000));
  Submit(id, At(2000));
  const ScheduleClock clock = FindScheduleClocks(store_, At(1999)).at(0);
  EXPECT_EQ(clock.id, id);
  EXPECT_EQ(clock.name, "nightly");
  EXPECT_EQ(clock.times, Nightly().job.schedule);
  EXPECT_FALSE(clock.paused);
  EXPECT_EQ(clock.active_since, At(7));
  EXPECT_EQ(clock.last_slot, At(1000));  // the other one is to come yet
  EXPECT_EQ(FindScheduleClocks(store_, At(2000)).at(0).last_slot, At(2000));
  EXPECT_EQ(FindSchedule(store_, id)->job, Nightly().job);
  EXPECT_EQ(FindSchedule(store_, id)->job_file, "weather.toml");
  RemoveSchedule(store_, "nightly");
  EXPECT_FALSE(FindSchedule(store_, id).has_value());
}

TEST_F(SchedulesTest, SubmitsNothingWhileItIsPaused) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  EXPECT_TRUE(PauseSchedule(store_, "nightly"));
  EXPECT_TRUE(Only().paused);
  EXPECT_EQ(Submit(id, At(1000)), std::nullopt);
  EXPECT_TRUE(ResumeSchedule(store_, "nightly", At(5000)));
  EXPECT_EQ(Only().active_since, At(5000));
  EXPECT_TRUE(ResumeSchedule(store_, "nightly", At(9000)));  // it was not paused
  EXPECT_EQ(Only().active_since, At(5000));
  EXPECT_TRUE(Submit(id, At(6000)).has_value());
  EXPECT_FALSE(PauseSchedule(store_, "nobody"));
  EXPECT_FALSE(ResumeSchedule(store_, "nobody", At()));
}

TEST_F(SchedulesTest, LeavesTheRunsOfARemovedOne) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  Submit(id, At(1000));
  EXPECT_TRUE(RemoveSchedule(store_, "nightly"));
  EXPECT_FALSE(RemoveSchedule(store_, "nightly"));
  EXPECT_TRUE(FindSchedules(store_).empty());
  EXPECT_EQ(Submit(id, At(2000)), std::nullopt);
  EXPECT_EQ(FindRun(store_, RunId{1})->state, RunState::kQueued);
  EXPECT_EQ(Ask("SELECT count(*) FROM content"), "1\n");  // the run's
}

TEST_F(SchedulesTest, HoldsASlotToTheOverlapPolicy) {
  const ScheduleId id = PutSchedule(store_, Nightly(), At());
  NewRun run = RunOf("weather", {"1"});
  run.job.concurrency = Concurrency{"weather", 1, Overlap::kSkip};
  SubmitSlot(store_, id, At(1000), run, At());
  EXPECT_EQ(SubmitSlot(store_, id, At(2000), run, At())->reason, RunReason::kOverlap);
  EXPECT_EQ(SubmitSlot(store_, id, At(2000), run, At()), std::nullopt);
  EXPECT_EQ(Said(Only().last), "2000 2 cancelled");
}

}  // namespace
}  // namespace cellar
