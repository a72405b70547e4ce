// Schedules against a real store: what is submitted, by whom, and what of it is kept.
#include "runner/schedule_firing.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "jobs/read_job.h"
#include "runner/review/times.h"
#include "store/history.h"
#include "store/queue.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using namespace std::chrono_literals;

TimePoint FiringTime(const std::string& moment) { return ParseMoment(moment + "Z", {}).value(); }

class ScheduleFiringTest : public testing::Test {
 protected:
  Store OpenStore() const { return Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite); }

  static NewSchedule ScheduleOf(const std::string& cron, const std::string& code = "print(1)") {
    const FileReader no_file = [](const std::string&) { return FileFailure{"no file"}; };
    const JobReading reading =
        ReadJob("nightly.toml",
                "[schedule]\ncron = '" + cron +
                    "'\ntimezone = 'Europe/Berlin'\ncatch_up = 'all'\n[[cell]]\ncode = '''" + code +
                    "'''\n",
                no_file);
    return {"nightly", reading.job.value(), "/jobs/nightly.toml", "sha"};
  }

  /// A worker's turns of the loop from `from` on until `until`, each when it asked for it but not
  /// more often than every 10 s.
  std::string Fire(ScheduleFiring& firing, TimePoint from, TimePoint until) {
    std::string said;
    firing.on_fired = [&](const ScheduledSlot& due, const Submission& submission) {
      said += FormatUtc(due.slot.at).substr(5, 11) + " run " +
              std::to_string(submission.run.value) + "\n";
    };
    firing.on_note = [&](const std::string& line) { said += line + "\n"; };
    for (TimePoint now = from; now <= until; now += 10s) {
      while (firing.Fire(now) == 0ms) {
      }
    }
    return said;
  }

  int Runs() const {
    const Store store = OpenStore();
    RunFilter all;
    all.limit = 0;
    return static_cast<int>(FindRuns(store, all).size());
  }

  TempDir folder_;
};

TEST_F(ScheduleFiringTest, SubmitsTheJobAsItWasAdded) {
  Store store = OpenStore();
  PutSchedule(store, ScheduleOf("0 3 * * *", "print('as it was')"),
              FiringTime("2026-11-24T00:00:00"));
  ScheduleFiring firing(store);
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T01:59:00"), FiringTime("2026-11-24T02:10:00")),
            "11-24T02:00 run 1\n");
  const RunRecord run = FindRun(store, RunId{1}).value();
  EXPECT_EQ(run.job, "nightly");
  EXPECT_EQ(run.job_file, "/jobs/nightly.toml");
  EXPECT_EQ(run.submitted_at, FiringTime("2026-11-24T02:00:00"));
  store.RegisterWorker(WorkerKind::kServe);
  const auto claim = store.ClaimRun(RunId{1}, FiringTime("2026-11-24T02:00:01"));
  EXPECT_EQ(claim.value().job.cells.at(0).source, "print('as it was')");
  EXPECT_EQ(firing.coming()->slot.at, FiringTime("2026-11-25T02:00:00"));
}

TEST_F(ScheduleFiringTest, FiresEachSlotOnceWithTwoWorkersAtOnceAndARestartBetween) {
  Store store = OpenStore();
  Store other_store = OpenStore();
  PutSchedule(store, ScheduleOf("*/10 * * * *"), FiringTime("2026-11-24T00:00:00"));
  const TimePoint end = FiringTime("2026-11-24T06:00:00");
  std::map<std::string, int> fired;
  const auto count = [&](const ScheduledSlot& due, const Submission&) {
    ++fired[FormatUtc(due.slot.at)];
  };
  auto one = std::make_unique<ScheduleFiring>(store);
  auto other = std::make_unique<ScheduleFiring>(other_store);
  int turn = 0;
  for (TimePoint now = FiringTime("2026-11-24T00:01:00"); now <= end; now += 47s, ++turn) {
    if (turn % 100 == 50) one = std::make_unique<ScheduleFiring>(store);
    one->on_fired = other->on_fired = count;
    (turn % 2 == 0 ? one : other)->Fire(now);
    (turn % 2 == 0 ? other : one)->Fire(now + 3ms);
  }
  EXPECT_EQ(fired.size(), 35U);  // the last turn was before the 36th
  for (const auto& [slot, times] : fired) EXPECT_EQ(times, 1) << slot;
  EXPECT_EQ(Runs(), 35);
}

// In Berlin the clocks go from 02:00 to 03:00 on 29 March 2026 at 01:00 UTC, and from 03:00 back to
// 02:00 on 25 October at 01:00 UTC.

TEST_F(ScheduleFiringTest, FiresOnceANightAtBothEndsOfDaylightSavingTime) {
  Store store = OpenStore();
  ScheduleFiring firing(store);
  PutSchedule(store, ScheduleOf("30 2 * * *"), FiringTime("2026-03-28T12:00:00"));
  EXPECT_EQ(Fire(firing, FiringTime("2026-03-28T22:00:00"), FiringTime("2026-03-29T12:00:00")),
            "03-29T01:00 run 1\n");
  PutSchedule(store, ScheduleOf("31 2 * * *"), FiringTime("2026-10-24T12:00:00"));
  EXPECT_EQ(Fire(firing, FiringTime("2026-10-24T22:00:00"), FiringTime("2026-10-25T12:00:00")),
            "10-25T00:31 run 2\n");
}

TEST_F(ScheduleFiringTest, FiresEveryRealHourAtBothEndsOfDaylightSavingTime) {
  Store store = OpenStore();
  ScheduleFiring firing(store);
  PutSchedule(store, ScheduleOf("30 * * * *"), FiringTime("2026-03-29T00:00:00"));
  EXPECT_EQ(Fire(firing, FiringTime("2026-03-29T00:00:00"), FiringTime("2026-03-29T02:40:00")),
            "03-29T00:30 run 1\n03-29T01:30 run 2\n03-29T02:30 run 3\n");
  PutSchedule(store, ScheduleOf("31 * * * *"), FiringTime("2026-10-25T00:00:00"));
  EXPECT_EQ(Fire(firing, FiringTime("2026-10-25T00:00:00"), FiringTime("2026-10-25T02:40:00")),
            "10-25T00:31 run 4\n10-25T01:31 run 5\n10-25T02:31 run 6\n");
}

TEST_F(ScheduleFiringTest, MakesUpForManySlotsAFewAtATime) {
  Store store = OpenStore();
  PutSchedule(store, ScheduleOf("*/10 * * * *"), FiringTime("2026-11-24T00:00:00"));
  ScheduleFiring firing(store);
  int fired = 0;
  firing.on_fired = [&](const ScheduledSlot&, const Submission&) { ++fired; };
  EXPECT_EQ(firing.Fire(FiringTime("2026-11-24T08:05:00")), 0ms);
  EXPECT_LT(fired, 48);
  ScheduleFiring next(store);  // killed and started again in between
  next.on_fired = firing.on_fired;
  while (next.Fire(FiringTime("2026-11-24T08:05:01")) == 0ms) {
  }
  EXPECT_EQ(fired, 48);
  EXPECT_EQ(Runs(), 48);
}

TEST_F(ScheduleFiringTest, FiresNothingOfAPausedOrARemovedSchedule) {
  Store store = OpenStore();
  PutSchedule(store, ScheduleOf("*/10 * * * *"), FiringTime("2026-11-24T00:00:00"));
  ScheduleFiring firing(store);
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:00:00"), FiringTime("2026-11-24T00:10:00")),
            "11-24T00:10 run 1\n");
  PauseSchedule(store, "nightly");
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:10:10"), FiringTime("2026-11-24T00:30:00")), "");
  ResumeSchedule(store, "nightly", FiringTime("2026-11-24T00:35:00"));
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:35:00"), FiringTime("2026-11-24T00:40:00")),
            "11-24T00:40 run 2\n");
  RemoveSchedule(store, "nightly");
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:40:10"), FiringTime("2026-11-24T01:30:00")), "");
  EXPECT_EQ(firing.coming(), std::nullopt);
}

TEST_F(ScheduleFiringTest, FiresNothingTwiceWhenTheClockIsPutBack) {
  Store store = OpenStore();
  PutSchedule(store, ScheduleOf("*/10 * * * *"), FiringTime("2026-11-24T00:00:00"));
  ScheduleFiring firing(store);
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:00:00"), FiringTime("2026-11-24T00:25:00")),
            "11-24T00:10 run 1\n11-24T00:20 run 2\n");
  EXPECT_EQ(Fire(firing, FiringTime("2026-11-24T00:05:00"), FiringTime("2026-11-24T00:35:00")),
            "11-24T00:30 run 3\n");
}

TEST_F(ScheduleFiringTest, AsksToBeAskedWhenTheNextSlotIsDueAndEverySecondAtLeast) {
  Store store = OpenStore();
  ScheduleFiring firing(store);
  EXPECT_EQ(firing.Fire(FiringTime("2026-11-24T00:05:00")), 1s);
  PutSchedule(store, ScheduleOf("*/10 * * * *"), FiringTime("2026-11-24T00:05:00"));
  EXPECT_EQ(firing.Fire(FiringTime("2026-11-24T00:05:00")), 1s);
  EXPECT_EQ(firing.Fire(FiringTime("2026-11-24T00:09:59.700")), 300ms);
}

}  // namespace
}  // namespace cellar
