// Statistics on made series with known answers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "runner/review/slowdown.h"
#include "runner/review/stats_text.h"

namespace cellar {
namespace {

/// `count` values around `middle`, up to a tenth more or less, the same ones each time.
std::vector<double> Around(double middle, int count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(middle * (0.9 + 0.2 * static_cast<double>(random() % 1000) / 1000));
  }
  return values;
}

std::vector<double> operator+(std::vector<double> one, const std::vector<double>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// "since 30: 200 -> 400", rounded to tens; "none".
std::string Found(const std::vector<double>& durations) {
  const auto slowdown = FindSlowdown(durations);
  if (!slowdown) return "none";
  return fmt::format("since {}: {} -> {}", slowdown->since, std::lround(slowdown->before / 10) * 10,
                     std::lround(slowdown->after / 10) * 10);
}

TEST(SlowdownTest, NamesTheFirstSlowerOne) {
  EXPECT_EQ(Found(Around(200, 30) + Around(400, 30, 2)), "since 30: 200 -> 400");
  EXPECT_EQ(Found(Around(200, 50) + Around(260, 8, 2)), "since 50: 200 -> 260");
  EXPECT_EQ(Found(std::vector<double>(5, 100) + std::vector<double>(5, 150)),
            "since 5: 100 -> 150");
}

TEST(SlowdownTest, TakesNoNoiseForASlowdown) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    EXPECT_EQ(Found(Around(200, 60, seed)), "none") << seed;
  }
  std::mt19937 random(7);
  std::lognormal_distribution<double> wild(5, 0.5);
  for (int turn = 0; turn < 100; ++turn) {
    std::vector<double> values(80);
    for (double& value : values) value = wild(random);
    EXPECT_EQ(Found(values), "none") << turn;
  }
}

TEST(SlowdownTest, IsNotMovedByOutliers) {
  auto values = Around(200, 60);
  values[17] = values[40] = values[59] = 20'000;
  EXPECT_EQ(Found(values), "none");
  auto slower = Around(200, 30) + Around(400, 30, 2);
  slower[3] = 20'000;
  slower[45] = 1;
  EXPECT_EQ(Found(slower), "since 30: 200 -> 400");
}

TEST(SlowdownTest, WantsAFifthAndFiveMilliseconds) {
  EXPECT_EQ(Found(std::vector<double>(20, 100) + std::vector<double>(20, 119)), "none");
  EXPECT_EQ(Found(std::vector<double>(20, 100) + std::vector<double>(20, 121)),
            "since 20: 100 -> 120");
  EXPECT_EQ(Found(std::vector<double>(20, 4) + std::vector<double>(20, 8)), "none");
  EXPECT_EQ(Found(std::vector<double>(20, 0) + std::vector<double>(20, 60)), "since 20: 0 -> 60");
}

TEST(SlowdownTest, WantsMoreThanAFewSlowOnes) {
  EXPECT_EQ(Found(std::vector<double>(30, 100) + std::vector<double>(2, 900)), "none");
  EXPECT_EQ(Found(std::vector<double>(30, 100) + std::vector<double>(4, 900)),
            "since 30: 100 -> 900");
  EXPECT_EQ(Found({}), "none");
  EXPECT_EQ(Found({100}), "none");
}

TEST(SlowdownTest, ForgetsWhatIsOver) {
  EXPECT_EQ(Found(Around(400, 30) + Around(200, 30, 2)), "none");
  EXPECT_EQ(Found(Around(200, 60) + Around(400, 20, 2) + Around(200, 20, 3)), "none");
}

TEST(SlowdownTest, NamesTheLatestOfSeveral) {
  EXPECT_EQ(Found(Around(100, 40) + Around(200, 40, 2) + Around(400, 40, 3)),
            "since 80: 200 -> 400");
  EXPECT_EQ(Found(Around(800, 40) + Around(200, 40, 2) + Around(300, 40, 3)),
            "since 80: 200 -> 300");
}

TEST(MedianTest, IsTheMiddleOrTheMeanOfTheTwoInIt) {
  EXPECT_EQ(MedianOf({3, 1, 2}), 2);
  EXPECT_EQ(MedianOf({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(MedianOf({7}), 7);
}

RunSample SampleOf(int number, const std::vector<CellSample>& cells) {
  RunSample run{RunId{number}, RunState::kSucceeded, Millis(0), cells};
  for (const CellSample& cell : cells) {
    if (cell.state == CellState::kFailed) run.state = RunState::kFailed;
    if (cell.duration) *run.duration += *cell.duration;
  }
  return run;
}

CellSample Good(int index, const std::string& name, double millis) {
  return {index, name, CellKind::kCode, CellState::kSucceeded, Millis(millis)};
}
CellSample Bad(int index, const std::string& name, CellState state = CellState::kFailed) {
  return {index, name, CellKind::kCode, state, Millis(1)};
}

TEST(JobStatsTest, CountsAndMeasuresEachCell) {
  JobStatsTaker taker;
  for (int i = 1; i <= 20; ++i) taker.Take(SampleOf(i, {Good(0, "load", 10 * i), Good(1, "", 5)}));
  taker.Take(SampleOf(21, {Bad(0, "load"), Bad(1, "", CellState::kNotRun)}));
  const JobStats stats = taker.Finish();
  EXPECT_EQ(stats.runs, 21);
  EXPECT_EQ(stats.failed, 1);
  EXPECT_EQ(stats.durations.median, Millis(110));
  ASSERT_EQ(stats.cells.size(), 2U);
  EXPECT_EQ(stats.cells[0].name, "load");
  EXPECT_EQ(stats.cells[0].times, 21);
  EXPECT_EQ(stats.cells[0].failed, 1);
  EXPECT_EQ(stats.cells[0].durations.median, Millis(105));
  EXPECT_EQ(stats.cells[0].durations.p95, Millis(190));
  EXPECT_EQ(stats.cells[0].trend.size(), 20U);
  EXPECT_EQ(stats.cells[0].first_bad, RunId{21});
  EXPECT_EQ(stats.cells[0].last_good, RunId{20});
  EXPECT_EQ(stats.cells[1].times, 20);
  EXPECT_EQ(stats.cells[1].first_bad, std::nullopt);
}

TEST(JobStatsTest, NamesTheFirstBadRunAfterTheLastGoodOne) {
  const auto bad = [](const std::string& states) {
    JobStatsTaker taker;
    int number = 0;
    for (const char state : states) {
      const CellState word = state == 'u'   ? CellState::kUnknown
                             : state == 'n' ? CellState::kNotRun
                                            : CellState::kFailed;
      taker.Take(SampleOf(++number, {state == 'g' ? Good(0, "a", 1) : Bad(0, "a", word)}));
    }
    const CellStats cell = taker.Finish().cells.at(0);
    return fmt::format("{} {}", cell.last_good.value_or(RunId{}).value,
                       cell.first_bad.value_or(RunId{}).value);
  };
  EXPECT_EQ(bad("ggbg"), "4 0");
  EXPECT_EQ(bad("bgbb"), "2 3");
  EXPECT_EQ(bad("gnunb"), "1 3");
  EXPECT_EQ(bad("bb"), "0 1");
}

TEST(JobStatsTest, KnowsACellAgainBehindAParameterCell) {
  JobStatsTaker taker;
  taker.Take(SampleOf(1, {Good(0, "", 10), Good(1, "", 20)}));
  CellSample parameters = Good(0, "", 1);
  parameters.kind = CellKind::kParameters;
  taker.Take(SampleOf(2, {parameters, Good(1, "", 10), Good(2, "", 20)}));
  const JobStats stats = taker.Finish();
  ASSERT_EQ(stats.cells.size(), 3U);
  EXPECT_EQ(stats.cells[1].times, 2);
  EXPECT_EQ(stats.cells[2].durations.median, Millis(20));
}

TEST(JobStatsTest, KeepsCellsOfOneNameApart) {
  JobStatsTaker taker;
  for (int i = 1; i <= 3; ++i) {
    taker.Take(SampleOf(i, {Good(0, "plot", 10), Good(1, "load", 20), Good(2, "plot", 30)}));
  }
  const JobStats stats = taker.Finish();
  ASSERT_EQ(stats.cells.size(), 3U);
  EXPECT_EQ(stats.cells[0].times, 3);
  EXPECT_EQ(stats.cells[0].durations.median, Millis(10));
  EXPECT_EQ(stats.cells[2].name, "plot");
  EXPECT_EQ(stats.cells[2].index, 2);
  EXPECT_EQ(stats.cells[2].durations.median, Millis(30));
}

TEST(BarLineTest, IsAsHighAsTheValuesAreLong) {
  const std::vector<Millis> values{Millis(0), Millis(100), Millis(400), Millis(800)};
  EXPECT_EQ(BarLine(values, BarStyle::kBlocks), "▁▁▄█");
  EXPECT_EQ(BarLine(values, BarStyle::kAscii), "..=@");
  EXPECT_EQ(BarLine({}, BarStyle::kBlocks), "");
  EXPECT_EQ(BarLine({Millis(0)}, BarStyle::kAscii), ".");
}

JobStats WeatherStats() {
  JobStatsTaker taker;
  for (int i = 1; i <= 40; ++i) {
    std::vector<CellSample> cells{Good(0, "load", i < 21 ? 200 : 400), Good(1, "clean", 50)};
    if (i == 1) cells.push_back(Good(2, "old", 5));
    if (i > 38) cells[1] = Bad(1, "clean");
    taker.Take(SampleOf(i, cells));
  }
  return taker.Finish();
}

TEST(StatsTextTest, NamesWhatFailsAndWhatGotSlower) {
  EXPECT_EQ(StatsText("weather", WeatherStats(), {}, BarStyle::kBlocks),
            "weather: 40 runs, 1 to 40, failed 2 (5.0 %), median 252 ms, 95 % within 450 ms\n"
            "\n"
            "CELL            TIMES     FAILED  MEDIAN    95 %  TREND\n"
            "[0] load           40          0  300 ms  400 ms  ▄▄▄▄▄▄▄▄▄▄██████████\n"
            "[1] clean          40  2 (5.0 %)   50 ms   50 ms  ████████████████████\n"
            "[2] old (gone)      1          0    5 ms    5 ms  █\n"
            "\n"
            "[0] load is slower since run 21: 200 ms before, now 400 ms (×2.00)\n"
            "[1] clean fails since run 39: run 38 was the last good one\n");
}

TEST(StatsTextTest, FitsTheWindow) {
  const std::string text = StatsText("weather", WeatherStats(), {false, 40}, BarStyle::kAscii);
  EXPECT_EQ(text.substr(text.find("CELL"), text.find("\n\n", 90) - text.find("CELL")),
            "CELL             FAILED  MEDIAN    95 %\n"
            "[0] load              0  300 ms  400 ms\n"
            "[1] clean     2 (5.0 %)   50 ms   50 ms\n"
            "[2] old (go…          0    5 ms    5 ms");
}

TEST(StatsTextTest, WritesTheSameAsJson) {
  const auto json = StatsToJson("weather", WeatherStats());
  EXPECT_EQ(json.at("runs"), 40);
  EXPECT_EQ(json.at("failure_rate"), 0.05);
  auto load = json.at("cells").at(0);
  load.erase("trend_ms");
  EXPECT_EQ(load.at("slower_since").at("run"), 21);
  EXPECT_NEAR(load.at("slower_since").at("before_ms").get<double>(), 200, 1e-6);
  load.erase("slower_since");
  EXPECT_EQ(
      load.dump(),
      R"({"index":0,"name":"load","kind":"code","last_run":40,"times":40,"failed":0,"failure_rate":0.0,"median_ms":300.0,"p95_ms":400.0,"last_good_run":40,"first_bad_run":null})");
}

}  // namespace
}  // namespace cellar
