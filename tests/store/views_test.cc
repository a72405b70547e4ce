// The views as somebody with a SQLite client sees them.
#include "store/attempt_writer.h"
#include "store/pins.h"
#include "store/submission.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class ViewsTest : public StoreTest {
 protected:
  ViewsTest() {
    NewRun run = RunOf("weather", {"load()", std::string(5000, '#')});
    run.job.cells[0].name = "load";
    run.job.tags = {"nightly"};
    run.job.parameters = {{"limit", Value(5), {}}};
    const Claim claim = Begin(store_, run);
    AttemptWriter writer(store_, claim.attempt, 0);
    writer.SetPlace({"lab", "python3"});
    writer.KernelReady(Millis(12.5));
    writer.BeginCell(0, "m", "s", At(20));
    writer.AddStream(0, 0, "stdout");
    writer.AppendText(0, 0, "one ");
    writer.Flush();
    writer.AppendText(0, 0, "two");
    writer.AddOutput(0, 1, OutputType::kDisplayData, "d", R"({"data":{"text/plain":"3"}})");
    writer.AddStream(0, 2, "stderr");
    writer.AppendText(0, 2, std::string(5000, 'x'));
    writer.AddEvent(0, EventKind::kResumed, At(21), "after 2 s");
    writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(210.25)}, At());
    writer.End({RunState::kFailed, RunReason::kGatewayLost, "lab is gone", Millis(812)}, At(822));
    NewRun later = RunOf("weather", {"1"});
    later.priority = 7;
    later.due = At(3'600'000);
    later.key = "nightly-23";
    later.job.concurrency = Concurrency{"lab", 1, Overlap::kQueue};
    AddGroupOf(store_, "weather", {later}, At(1000));
    PinRuns(store_, {claim.run}, At(1000));
  }

  Store store_ = OpenStore();
};

TEST_F(ViewsTest, ShowRuns) {
  EXPECT_EQ(Ask("SELECT * FROM runs"),
            "1|weather|failed|gateway_lost|lab is gone|{\"limit\":5}|[\"nightly\"]|lab|python3|1|"
            "2026-11-23T02:00:00.000Z|2026-11-23T02:00:00.010Z|2026-11-23T02:00:00.822Z|10.0|12.5|"
            "812.0|weather.toml|" +
                std::string(64, 'a') +
                "|0||||weather|[]||1\n2|weather|queued|||{}|[]|||0|2026-11-23T02:00:01.000Z||||||"
                "weather.toml|" +
                std::string(64, 'a') + "|7|2026-11-23T03:00:00.000Z|nightly-23|1|lab|[]||0\n");
}

TEST_F(ViewsTest, ShowAttempts) {
  EXPECT_EQ(Ask("SELECT run, attempt, state, reason, message, gateway, kernelspec, started_at, "
                "finished_at, queue_ms, kernel_start_ms, duration_ms FROM attempts"),
            "1|1|failed|gateway_lost|lab is gone|lab|python3|2026-11-23T02:00:00.010Z|"
            "2026-11-23T02:00:00.822Z|10.0|12.5|812.0\n");
}

TEST_F(ViewsTest, ShowCells) {
  EXPECT_EQ(Ask("SELECT * FROM cells"),
            "1|1|0|load|code|succeeded|||1|2026-11-23T02:00:00.020Z|210.25|5034|"
            "[{\"kind\":\"resumed\",\"at\":\"2026-11-23T02:00:00.021Z\",\"detail\":\"after 2 s\"}]|"
            "weather.toml|1|load()\n"
            "1|1|1||code|not_run||||||0|[]|weather.toml|1|\n");
}

TEST_F(ViewsTest, ShowOutputs) {
  EXPECT_EQ(Ask("SELECT run, attempt, cell, number, output_type, name, display_id, cleared, bytes, "
                "kept_bytes, encoding, text FROM outputs"),
            "1|1|0|0|stream|stdout||0|7|7|text|one two\n"
            "1|1|0|1|display_data||d|0|27|27|text|{\"data\":{\"text/plain\":\"3\"}}\n"
            "1|1|0|2|stream|stderr||0|5000|5000|zstd|\n");
}

TEST_F(ViewsTest, JoinOnTheirWords) {
  EXPECT_EQ(Ask("SELECT job, name, cells.duration_ms FROM runs JOIN cells USING (run, attempt) "
                "WHERE cells.state = 'succeeded'"),
            "weather|load|210.25\n");
}

TEST_F(ViewsTest, AreDocumentedInTheStoreItself) {
  EXPECT_EQ(Ask("SELECT name FROM sqlite_master WHERE type = 'view' AND sql LIKE '%-- One row %'"),
            "cells\noutputs\nattempts\nschedules\nruns\n");
}

}  // namespace
}  // namespace cellar
