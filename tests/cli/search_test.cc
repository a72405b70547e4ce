// `cellar search` on a made history.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"

namespace cellar {
namespace {

class SearchCommandTest : public CliTest {
 protected:
  SearchCommandTest() {
    Store store = OpenStore();
    MakeRun(store, {"weather", {{"load", "read()", {"reading\n4711 rows\n"}}}});
    MakeRun(store, {"weather", {{"load", "read()", {"reading\n12 rows\n"}}}});
    MakeRun(store, {"report", {{"", "print(rows)", {"\x1b[1m12 ROWS\x1b[0m in all\n"}}}});
  }
};

TEST_F(SearchCommandTest, ListsRunCellPlaceAndExcerpt) {
  const std::string answer =
      "exit 0\n"
      "RUN  JOB      CELL      WHERE   EXCERPT\n"
      "  3  report   [0]       source  print(rows)\n"
      "  3  report   [0]       output  12 ROWS in all\n"
      "  2  weather  [0] load  output  12 rows\n"
      "  1  weather  [0] load  output  4711 rows\n";
  EXPECT_EQ(Transcript({"search", "rows"}), answer);
  EXPECT_EQ(Transcript({"search", "rows"}), answer);  // from the index now
}

TEST_F(SearchCommandTest, NamesASourceOfManyRunsOnce) {
  EXPECT_EQ(Transcript({"search", "read()"}),
            "exit 0\n"
            "RUN  JOB      CELL      WHERE             EXCERPT\n"
            "  2  weather  [0] load  source of 2 runs  read()\n");
}

TEST_F(SearchCommandTest, FiltersAndLimits) {
  const auto runs = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"search", "rows", "--json"});
    std::string text;
    const auto json = nlohmann::json::parse(Cellar(arguments).out);
    for (const auto& hit : json.at("hits")) {
      text += hit.at("run").dump() + " ";
    }
    return text;
  };
  EXPECT_EQ(runs({"--job", "weather"}), "2 1 ");
  EXPECT_EQ(runs({"--limit", "1"}), "3 ");
  EXPECT_EQ(runs({"--limit", "0"}), "3 3 2 1 ");
}

TEST_F(SearchCommandTest, AnswersAsJson) {
  EXPECT_EQ(
      nlohmann::ordered_json::parse(Cellar({"search", "4711", "--json"}).out).dump(),
      R"({"schema_version":1,"hits":[{"run":1,"job":"weather","attempt":1,"cell":0,"name":"load","where":"output","runs":1,"excerpt":"4711 rows"}]})");
}

TEST_F(SearchCommandTest, SaysOnStderrThatNothingMatches) {
  EXPECT_EQ(Transcript({"search", "nothing"}), "exit 0\n--\nno runs match\n");
}

TEST_F(SearchCommandTest, RefusesWhatCannotBeFound) {
  EXPECT_EQ(Transcript({"search", ""}),
            "exit 2\n--\ncellar: search: TEXT is empty: give what to look for\n");
  EXPECT_EQ(Transcript({"search", "\x1b[0m"}),
            "exit 2\n--\ncellar: search: TEXT is empty: give what to look for\n");
  EXPECT_EQ(Transcript({"search", "a\nb"}),
            "exit 2\n--\ncellar: search: TEXT has a line end: give one line\n");
  EXPECT_EQ(Cellar({"search", std::string(1001, 'x')}).exit_code, 2);
  EXPECT_EQ(Cellar({"search", "x", "--limit", "-1"}).exit_code, 2);
}

TEST_F(SearchCommandTest, MakesNoStoreWhereThereIsNone) {
  EXPECT_EQ(Cellar({"search", "x", "--store", "none.db"}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.db"));
}

}  // namespace
}  // namespace cellar
