// `cellar gc`, `pin` and `unpin` on a made history.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"

namespace cellar {
namespace {

class GcTest : public CliTest {
 protected:
  GcTest() {
    Store store = OpenStore();
    for (int i = 0; i < 4; ++i) {
      MakeRun(store, {"weather", {{"load", "read()", {std::string(1000, 'x')}}}, {}, i * 1000});
    }
    MakeRun(store, {"report", {{"", "1", {"short\n"}}}});
    MakeQueuedRun(store, "later");
  }

  /// The numbers of the runs that are there, newest first.
  std::string Runs(std::vector<std::string> filters = {}) const {
    filters.insert(filters.begin(), {"runs", "--json"});
    std::string numbers;
    const auto json = nlohmann::json::parse(Cellar(filters).out);
    for (const auto& run : json.at("runs")) {
      numbers += run.at("id").dump() + " ";
    }
    return numbers;
  }

  /// A transcript but for the store's sizes.
  std::string WithoutSizes(const std::vector<std::string>& arguments) const {
    const std::string text = Transcript(arguments);
    return text.substr(0, text.find("; the store h")) + "\n";
  }
};

TEST_F(GcTest, SaysWhatItWouldRemove) {
  EXPECT_EQ(WithoutSizes({"gc", "--keep-last", "1", "--dry-run"}),
            "exit 0\n"
            "JOB      TO REMOVE     SIZE  KEPT    SIZE\n"
            "weather          3  2.9 KiB     1  1000 B\n"
            "report           0      0 B     1     6 B\n"
            "later            0      0 B     1     0 B\n"
            "\n"
            "would remove 3 runs\n");
  EXPECT_EQ(Runs(), "6 5 4 3 2 1 ");
}

TEST_F(GcTest, RemovesWhatNeitherRuleKeeps) {
  EXPECT_EQ(WithoutSizes({"gc", "--keep", "2026-11-23T02:00:02.500Z", "--keep-last", "1"}),
            "exit 0\n"
            "JOB      REMOVED     SIZE  KEPT     SIZE\n"
            "weather        2  2.0 KiB     2  2.0 KiB\n"
            "report         0      0 B     1      6 B\n"
            "later          0      0 B     1      0 B\n"
            "\n"
            "removed 2 runs\n");
  EXPECT_EQ(Runs(), "6 5 4 3 ");
}

TEST_F(GcTest, AnswersAsJson) {
  const auto json = nlohmann::ordered_json::parse(
      Cellar({"gc", "--keep-last", "3", "--job", "weather", "--json"}).out);
  EXPECT_EQ(json.at("runs").dump(), "[1]");
  EXPECT_EQ(json.at("jobs").dump(),
            R"([{"job":"weather","removed":1,"removed_bytes":1000,"kept":3,"kept_bytes":3000}])");
  EXPECT_EQ(json.at("dry_run"), false);
}

TEST_F(GcTest, LeavesPinnedRunsAlone) {
  EXPECT_EQ(Transcript({"pin"}), "exit 0\n--\nno run is pinned\n");
  EXPECT_EQ(Transcript({"pin", "1", "last:report"}), "exit 0\nrun 1: pinned\nrun 5: pinned\n");
  EXPECT_EQ(Transcript({"pin", "1"}), "exit 0\nrun 1: was pinned already\n");
  EXPECT_EQ(Runs({"--pinned"}), "5 1 ");
  EXPECT_EQ(Runs({"--pinned", "--job", "weather"}), "1 ");
  EXPECT_EQ(nlohmann::json::parse(Cellar({"runs", "--json"}).out).at("runs")[1].at("pinned"), true);
  EXPECT_EQ(Transcript({"pin"}),
            "exit 0\n"
            "RUN  JOB      STATE      SUBMITTED             TIME\n"
            "  5  report   succeeded  2026-11-23 02:00:00  10 ms\n"
            "  1  weather  succeeded  2026-11-23 02:00:00  10 ms\n");
  Cellar({"gc", "--keep-last", "0"});
  EXPECT_EQ(Runs(), "6 5 1 ");
  EXPECT_EQ(Transcript({"unpin", "1"}), "exit 0\nrun 1: unpinned\n");
  EXPECT_EQ(Transcript({"unpin", "1"}), "exit 0\nrun 1: was not pinned\n");
  EXPECT_EQ(Transcript({"gc", "--keep", "1h", "-q"}), "exit 0\n");
  EXPECT_EQ(Cellar({"unpin"}).exit_code, 2);
}

TEST_F(GcTest, RemovesNothingWithoutARule) {
  EXPECT_EQ(Transcript({"gc"}),
            "exit 2\n--\ncellar: gc: say what to keep: --keep 90d, --keep-last 20, or both; "
            "--dry-run tries it\n");
  EXPECT_EQ(Cellar({"gc", "--keep", "long"}).exit_code, 2);
  EXPECT_EQ(Cellar({"gc", "--keep-last", "-1"}).exit_code, 2);
  EXPECT_EQ(Runs(), "6 5 4 3 2 1 ");
}

TEST_F(GcTest, MakesNoStoreWhereThereIsNone) {
  EXPECT_EQ(Cellar({"gc", "--keep", "1d", "--store", "none.db"}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.db"));
}

TEST_F(GcTest, GivesTheSpaceBack) {
  {
    Store store = OpenStore();
    std::string text;
    for (int i = 0; i < 400'000; ++i)
      text += std::to_string(i * std::int64_t{7919} % 1'000'003) + "\n";
    MakeRun(store, {"large", {{"", "1", {text}}}});
    MakeRun(store, {"large", {{"", "1", {"small\n"}}}});
  }
  const auto before = std::filesystem::file_size(folder_ / "cellar.db");
  EXPECT_EQ(Cellar({"search", "small"}).exit_code, 0);
  Cellar({"gc", "--keep-last", "1", "--job", "large"});
  EXPECT_LT(std::filesystem::file_size(folder_ / "cellar.db"), before / 2);
  EXPECT_NE(Cellar({"search", "small"}).out.find("small"), std::string::npos);
}

}  // namespace
}  // namespace cellar
