// `cellar diff`: two runs of made histories, in, and what differs, out.
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"

namespace cellar {
namespace {

constexpr char kFigure[] =
    R"({"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo="}})";
constexpr char kOtherFigure[] =
    R"({"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgA="}})";

class DiffTest : public CliTest {
 protected:
  DiffTest() {
    Store store = OpenStore();
    MadeRun weather{"weather",
                    {{"load", "frame = read()", {"<Frame at 0x7f3a5c01d2e0>\n"}, 200},
                     {"clean", "a = 1\nframe['temp']\nb = 2", {"3 rows\n"}, 40},
                     {"plot", "frame.plot()", {kFigure}, 100}},
                    {{"limit", 5}}};
    MakeRun(store, weather);
    weather.cells[0].outputs = {"<Frame at 0x7f0000aa11f0>\n"};
    weather.cells[0].millis = 500;
    MakeRun(store, weather);
    weather.parameters["limit"] = 10;
    weather.cells[1] = {
        "clean", "a = 1\nframe['temperature']\nb = 2", {"4 rows\n"}, 40, CellState::kFailed};
    weather.cells[2].outputs = {kOtherFigure};
    MakeRun(store, weather);
  }
};

TEST_F(DiffTest, FindsNoDifferenceInAddressesAndDurations) {
  EXPECT_EQ(Transcript({"diff", "1", "2"}),
            "exit 0\n"
            "run 1  weather  succeeded  2026-11-23 02:00:00  340 ms\n"
            "run 2  weather  succeeded  2026-11-23 02:00:00  640 ms\n"
            "\n"
            "CELL            RUN 1      RUN 2        TIME    TIME  RATIO\n"
            "[0] parameters  succeeded  succeeded    1 ms    1 ms  ×1.00\n"
            "[1] load        succeeded  succeeded  200 ms  500 ms  ×2.50\n"
            "[2] clean       succeeded  succeeded   40 ms   40 ms  ×1.00\n"
            "[3] plot        succeeded  succeeded  100 ms  100 ms  ×1.00\n"
            "\n"
            "no difference\n");
}

TEST_F(DiffTest, CountsAddressesWhenAskedTo) {
  EXPECT_EQ(Cellar({"diff", "1", "2", "--exact", "-q"}).exit_code, 1);
  EXPECT_EQ(Transcript({"diff", "1", "2", "-q"}), "exit 0\n");
}

TEST_F(DiffTest, ShowsWhatDiffers) {
  EXPECT_EQ(Transcript({"diff", "2", "last:weather"}),
            "exit 1\n"
            "run 2  weather  succeeded  2026-11-23 02:00:00  640 ms\n"
            "run 3  weather  failed: cell_error  2026-11-23 02:00:00  640 ms\n"
            "\n"
            "parameters\n"
            "-limit = 5\n"
            "+limit = 10\n"
            "\n"
            "CELL            RUN 2      RUN 3            TIME    TIME  RATIO  DIFFERS\n"
            "[0] parameters  succeeded  succeeded        1 ms    1 ms  ×1.00\n"
            "[1] load        succeeded  succeeded      500 ms  500 ms  ×1.00\n"
            "[2] clean       succeeded  failed: error   40 ms   40 ms  ×1.00  state, source, "
            "outputs\n"
            "[3] plot        succeeded  succeeded      100 ms  100 ms  ×1.00  outputs\n"
            "\n"
            "[2] clean source\n"
            "@@ -1,3 +1,3 @@\n"
            " a = 1\n"
            "-frame['temp']\n"
            "+frame['temperature']\n"
            " b = 2\n"
            "\n"
            "[2] clean outputs\n"
            "@@ -1,1 +1,1 @@\n"
            "-3 rows\n"
            "+4 rows\n"
            "\n"
            "[3] plot outputs\n"
            "@@ -1,1 +1,1 @@\n"
            "-[image/png, 8 B, sha256 4c4b6a3be131]\n"
            "+[image/png, 8 B, sha256 38fead7431cb]\n");
}

TEST_F(DiffTest, ComparesOneCellAlone) {
  EXPECT_EQ(Transcript({"diff", "2", "3", "--cell", "load"}),
            "exit 0\n"
            "run 2  weather  succeeded  2026-11-23 02:00:00  640 ms\n"
            "run 3  weather  failed: cell_error  2026-11-23 02:00:00  640 ms\n"
            "\n"
            "CELL      RUN 2      RUN 3        TIME    TIME  RATIO\n"
            "[1] load  succeeded  succeeded  500 ms  500 ms  ×1.00\n"
            "\n"
            "no difference\n");
  EXPECT_EQ(Cellar({"diff", "2", "3", "--cell", "3"}).exit_code, 1);
  EXPECT_EQ(Transcript({"diff", "2", "3", "--cell", "lod"}),
            "exit 2\n--\ncellar: diff: run 3 has no cell \"lod\": its last is 3\n");
}

TEST_F(DiffTest, FitsItsTableIntoTheWindow) {
  ProgramSpec spec = Spec({"diff", "2", "3", "--cell", "clean"});
  spec.stdout_on_terminal = true;
  spec.terminal_columns = 60;
  const std::string text = RunProgram(spec).out;
  EXPECT_EQ(
      text.substr(text.find("CELL"), text.find("\n\n", text.find("CELL")) - text.find("CELL")),
      "CELL       RUN 2      RUN 3          DIFFERS\n"
      "[2] clean  succeeded  failed: error  \x1b[33mstate, source, outputs\x1b[0m");
  EXPECT_NE(text.find("\x1b[31m-3 rows\x1b[0m\n\x1b[32m+4 rows\x1b[0m\n"), std::string::npos);
}

TEST_F(DiffTest, AnswersAsJson) {
  const ProgramResult result = Cellar({"diff", "2", "3", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  const auto json = nlohmann::ordered_json::parse(result.out);
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(json.at("same"), false);
  EXPECT_EQ(json.at("states_differ"), true);
  EXPECT_EQ(json.at("runs")[1].at("id"), 3);
  EXPECT_EQ(json.at("parameters").dump(), R"([{"name":"limit","before":5,"after":10}])");
  EXPECT_EQ(
      json.at("cells")[2].dump(),
      R"({"name":"clean","kind":"code","same":false,"before":{"index":2,"state":"succeeded","reason":null,"duration_ms":40.0},"after":{"index":2,"state":"failed","reason":"error","duration_ms":40.0},"duration_ratio":1.0,"source":["@@ -1,3 +1,3 @@"," a = 1","-frame['temp']","+frame['temperature']"," b = 2"],"outputs":["@@ -1,1 +1,1 @@","-3 rows","+4 rows"]})");
}

TEST_F(DiffTest, RefusesRunsThatAreNotThere) {
  EXPECT_EQ(Transcript({"diff", "1", "9"}),
            "exit 2\n--\ncellar: there is no run 9: the newest is 3\n");
  EXPECT_EQ(Cellar({"diff", "1"}).exit_code, 2);
}

}  // namespace
}  // namespace cellar
