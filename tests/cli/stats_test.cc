// `cellar stats` on a made history.
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"

namespace cellar {
namespace {

class StatsTest : public CliTest {
 protected:
  StatsTest() {
    Store store = OpenStore();
    for (int i = 0; i < 12; ++i) {
      MadeRun run{"weather", {{"load", "read()", {}, i < 6 ? 100.0 : 300.0}}, {}, i * 1000};
      run.cells.push_back({"clean", "clean()", {}, 20});
      if (i == 11) run.cells[1].state = CellState::kFailed;
      MakeRun(store, run);
    }
  }
};

TEST_F(StatsTest, NamesWhatGotSlowerAndWhatFails) {
  environment_["LANG"] = "C.UTF-8";
  EXPECT_EQ(Transcript({"stats", "weather"}),
            "exit 0\n"
            "weather: 12 runs, 1 to 12, failed 1 (8.3 %), median 120 ms, 95 % within 320 ms\n"
            "\n"
            "CELL       TIMES     FAILED  MEDIAN    95 %  TREND\n"
            "[0] load      12          0  200 ms  300 ms  ▃▃▃▃▃▃██████\n"
            "[1] clean     12  1 (8.3 %)   20 ms   20 ms  ███████████\n"
            "\n"
            "[0] load is slower since run 7: 100 ms before, now 300 ms (×3.00)\n"
            "[1] clean fails since run 12: run 11 was the last good one\n");
}

TEST_F(StatsTest, DrawsInAsciiWhereTheLocaleIsNotUtf8) {
  environment_["LANG"] = "C.UTF-8";
  environment_["LC_ALL"] = "C";
  EXPECT_NE(Cellar({"stats", "weather"}).out.find("------@@@@@@"), std::string::npos);
}

TEST_F(StatsTest, CountsFromATimeOn) {
  const auto json = nlohmann::json::parse(
      Cellar({"stats", "weather", "--json", "--since", "2026-11-23T02:00:06Z"}).out);
  EXPECT_EQ(json.at("runs"), 6);
  EXPECT_EQ(json.at("first_run"), 7);
  EXPECT_TRUE(json.at("cells")[0].at("slower_since").is_null());
}

TEST_F(StatsTest, RefusesAJobWithoutRuns) {
  EXPECT_EQ(Transcript({"stats", "wether"}),
            "exit 2\n--\ncellar: stats: there is no ended run of the job \"wether\": see cellar "
            "runs\n");
  EXPECT_EQ(Transcript({"stats", "weather", "--since", "2026-12-24"}),
            "exit 2\n--\ncellar: stats: there is no ended run of the job \"weather\" since then: "
            "see cellar runs\n");
  EXPECT_EQ(Cellar({"stats", "weather", "--since", "soon"}).exit_code, 2);
}

}  // namespace
}  // namespace cellar
