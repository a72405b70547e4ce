// Every file of samples/ does what its README says, with the real program, Jupyter and kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/samples/sample_run.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

namespace fs = std::filesystem;

TEST(SamplesTest, AreAllTestedHere) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(kSourceDir + "/samples")) {
    const std::string path = entry.path().lexically_relative(kSourceDir + "/samples");
    const std::string ending = entry.path().extension();
    const bool is_step = path.find("/steps/") != std::string::npos;
    if (path == "README.md" || path == "DATA.md" || is_step) continue;
    if (ending == ".toml" || ending == ".ipynb" || ending == ".py" || ending == ".md") {
      found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  const std::vector<std::string> tested = {
      "check-feed.md",     "clean-bird-strikes/job.toml", "fails-midway.toml",
      "flaky-source.toml", "global-temperature.ipynb",    "monthly-weather.py",
      "ozone.toml",
  };
  EXPECT_EQ(found, tested);
}

TEST(SamplesTest, FailsMidwayKeepsWhatCameBefore) {
  const SampleRun run("fails-midway.toml");
  EXPECT_EQ(run.exit_code(), 1);
  EXPECT_EQ(TranscriptOf(run.Stored()),
            "failed cell_error\n"
            "[0] read succeeded\n"
            "  stdout: 3 rows\n"
            "[1] too strict succeeded\n"
            "  error: ValueError: could not convert string to float: ''\n"
            "[2] mean failed\n"
            "  stdout: mean of 2\n"
            "  error: KeyError: 'temp'\n"
            "[3] report not_run\n");
}

TEST(SamplesTest, FlakySourceSucceedsOnItsThirdAttempt) {
  const SampleRun run("flaky-source.toml");
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  const nlohmann::json stored = run.Stored();
  EXPECT_EQ(stored.at("run").at("attempt"), 3);
  EXPECT_EQ(TranscriptOf(stored),
            "succeeded\n"
            "[0] parameters succeeded\n"
            "[1] count succeeded\n"
            "  stdout: attempt 3\n"
            "[2] fetch succeeded\n"
            "  stdout: fetched\n"
            "[3] forget succeeded\n");
}

TEST(SamplesTest, FlakySourceRunsOutOfAttempts) {
  const SampleRun run("flaky-source.toml", {"-p", "hangs=2"});
  EXPECT_EQ(run.exit_code(), 3);
  const nlohmann::json stored = run.Stored();
  EXPECT_EQ(stored.at("run").at("attempt"), 3);
  EXPECT_EQ(TranscriptOf(stored),
            "failed kernel_died\n"
            "[0] parameters succeeded\n"
            "[1] count succeeded\n"
            "  stdout: attempt 3\n"
            "[2] fetch failed\n"
            "[3] forget not_run\n");
}

TEST(SamplesTest, NotebookTakesParametersAndHonoursItsTags) {
  const SampleRun run("global-temperature.ipynb", {"-p", "since=2000"});
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(TranscriptOf(run.Stored()),
            "succeeded\n"
            "[0] succeeded\n"
            "[1] parameters succeeded\n"
            "[2] succeeded\n"
            "  stdout: 24 years from 2000\n"
            "        temp\n"
            "  year\n"
            "  2021  0.85\n"
            "  2022  0.89\n"
            "  2023  1.17\n"
            "[3] succeeded\n"
            "          temp\n"
            "  decade\n"
            "  2000    0.59\n"
            "  2010    0.81\n"
            "  2020    0.98\n"
            "[4] succeeded\n"
            "  error: KeyError: 1850\n"
            "[5] skipped\n"
            "[6] succeeded\n"
            "  stdout: 0.24 degrees a decade since 2000\n"
            "[7] succeeded\n"
            "  image/png\n");
}

TEST(SamplesTest, PercentScriptRunsCellByCell) {
  const SampleRun run("monthly-weather.py");
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(TranscriptOf(run.Stored()),
            "succeeded\n"
            "[0] succeeded\n"
            "[1] succeeded\n"
            "  stdout: 1461 days, 2012-01-01 to 2015-12-31\n"
            "[2] succeeded\n"
            "  stdout: 97 days contradict themselves, the first on 2012-01-01\n"
            "  stdout: 0 days are colder at their warmest\n"
            "[3] succeeded\n"
            "  stdout: month    low   high wet days\n"
            "  stdout:     1    2.7    8.2      46%\n"
            "  stdout:     2    4.1    9.9      51%\n"
            "  stdout:     3    4.9   12.4      50%\n"
            "  stdout:     4    6.4   15.0      42%\n"
            "  stdout:     5    9.6   19.3      20%\n"
            "  stdout:     6   12.2   22.4      20%\n"
            "  stdout:     7   14.2   26.0       6%\n"
            "  stdout:     8   14.8   26.1      14%\n"
            "  stdout:     9   12.4   21.9      19%\n"
            "  stdout:    10    9.4   16.4      40%\n"
            "  stdout:    11    4.7   11.0      50%\n"
            "  stdout:    12    3.3    8.2      58%\n");
}

TEST(SamplesTest, MarkdownRunsItsPythonBlocks) {
  const SampleRun run("check-feed.md");
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(TranscriptOf(run.Stored()),
            "succeeded\n"
            "[0] succeeded\n"
            "  stdout: 2160 reports of 14 fields\n"
            "[1] succeeded\n"
            "  stdout: 24 months, 2000-01 to 2001-12\n"
            "  stdout: fewest reports: 2000-01 39\n"
            "[2] succeeded\n"
            "  stdout: 7 reports are there twice\n"
            "  stdout: 720 without Speed IAS in knots\n");
}

TEST(SamplesTest, RJobTakesItsParametersInR) {
  const SampleRun run("ozone.toml", {"-p", "months=[5, 9]"});
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(TranscriptOf(run.Stored()),
            "succeeded\n"
            "[0] parameters succeeded\n"
            "[1] gaps succeeded\n"
            "  stdout: 153 days\n"
            "  stdout: Ozone is missing on 37\n"
            "  stdout: Solar.R is missing on 7\n"
            "[2] fill succeeded\n"
            "  stdout: filled 44 gaps\n"
            "[3] months succeeded\n"
            "  stdout:  Month Ozone Temp Wind bad_days\n"
            "  stdout:      5  22.7 65.5 11.6        1\n"
            "  stdout:      9  31.2 76.9 10.2        2\n"
            "[4] figure succeeded\n"
            "  image/png\n");
}

}  // namespace
}  // namespace cellar
