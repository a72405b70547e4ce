// The sample that `make demo` runs, looked at more closely.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/samples/sample_run.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

std::string CellTranscript(const SampleRun& run, const std::string& name) {
  nlohmann::json stored = run.Stored();
  nlohmann::json cells = nlohmann::json::array();
  for (const nlohmann::json& cell : stored.at("cells")) {
    if (cell.at("name") == name) cells.push_back(cell);
  }
  stored["cells"] = cells;
  return TranscriptOf(stored);
}

TEST(BirdStrikesTest, CleansTheReports) {
  const SampleRun run("clean-bird-strikes/job.toml");
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(CellTranscript(run, "repairs"),
            "succeeded\n"
            "[4] repairs succeeded\n"
            "                                           reports\n"
            "  reported twice, word for word                  7\n"
            "  aircraft with stray blanks                     2\n"
            "  speed left empty                             716\n"
            "  damage on the military's scale                 4\n"
            "  species nobody could name                   1644\n"
            "  size of an animal nobody saw                  70\n"
            "  in flight below 40 knots                       2\n"
            "  damaged, and no cost given                   184\n"
            "  operator with a star or a missing blank      221\n"
            "  operator unknown                               6\n"
            "  airport with its kind in its name           1936\n");
  EXPECT_EQ(CellTranscript(run, "check"),
            "succeeded\n"
            "[5] check succeeded\n"
            "  stdout: ok     no report twice\n"
            "  stdout: ok     all of 2000 and 2001\n"
            "  stdout: ok     every report has a phase of flight\n"
            "  stdout: ok     speeds are missing or an aircraft's\n"
            "  stdout: ok     costs are missing or add up\n"
            "  stdout: ok     an airport lies in one state\n"
            "  stdout: ok     no star, no double blank\n");
  EXPECT_EQ(CellTranscript(run, "figure"), "succeeded\n[7] figure succeeded\n  image/png\n");
}

TEST(BirdStrikesTest, CountsAndSavesWhatItsParametersAskFor) {
  const TempDir folder;
  const SampleRun run("clean-bird-strikes/job.toml", {"-p", "size=Large", "-p", "top=3", "-p",
                                                      "save_to=" + folder.path().string()});
  EXPECT_EQ(run.exit_code(), 0) << run.errors();
  EXPECT_EQ(CellTranscript(run, "airports"),
            "succeeded\n"
            "[6] airports succeeded\n"
            "                           state  strikes  damaging  at_night  knots  dollars\n"
            "  airport\n"
            "  WASHINGTON DULLES           DC       13      61.5      53.8  170.0   560992\n"
            "  MEMPHIS              Tennessee        9      66.7      33.3  165.0    19872\n"
            "  MINNEAPOLIS-ST PAUL  Minnesota        8      50.0      50.0  160.0    87398\n");
  const std::string saved = folder.Read("clean-strikes.csv");
  EXPECT_EQ(saved.substr(0, saved.find('\n')),
            "airport,aircraft,damage,date,operator,state,phase,size,species,daytime,other_cost,"
            "repair_cost,cost,speed");
}

TEST(BirdStrikesTest, RefusesASizeThatNoAnimalHas) {
  const SampleRun run("clean-bird-strikes/job.toml", {"-p", "size=Huge"});
  EXPECT_EQ(run.exit_code(), 2);
  EXPECT_EQ(
      run.errors(),
      kSourceDir +
          "/samples/clean-bird-strikes/job.toml: parameter size is \"Huge\", none of \"any\", "
          "\"Small\", \"Medium\", \"Large\"\n");
}

}  // namespace
}  // namespace cellar
