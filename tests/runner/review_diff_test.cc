// What differs between two runs: lines, tamed texts, cells, and what is written of it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "runner/review/comparable_text.h"
#include "runner/review/diff_json.h"
#include "runner/review/diff_text.h"
#include "runner/review/line_diff.h"
#include "runner/review/tamed_text.h"
#include "runner/review/text_table.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string Joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string Lines(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

TEST(LineDiffTest, SaysNothingOfEqualTexts) {
  EXPECT_EQ(Joined(LineDiff("a\nb\n", "a\nb\n")), "");
  EXPECT_EQ(Joined(LineDiff("a\nb\n", "a\r\nb")), "");
  EXPECT_EQ(Joined(LineDiff("", "")), "");
}

TEST(LineDiffTest, ShowsThreeLinesAroundEachChange) {
  EXPECT_EQ(Joined(LineDiff(Lines(1, 9), Lines(1, 4) + "five\n" + Lines(6, 9))),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8");
}

TEST(LineDiffTest, JoinsChangesThatAreNearAndPartsThoseThatAreNot) {
  EXPECT_EQ(Joined(LineDiff(Lines(1, 8), Lines(2, 7))),
            "@@ -1,8 +1,6 @@\n-1\n 2\n 3\n 4\n 5\n 6\n 7\n-8");
  EXPECT_EQ(Joined(LineDiff(Lines(1, 9), Lines(2, 8))),
            "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -6,4 +5,3 @@\n 6\n 7\n 8\n-9");
}

TEST(LineDiffTest, CountsNoLinesAsTheOneBefore) {
  EXPECT_EQ(Joined(LineDiff("", "a\nb\n")), "@@ -0,0 +1,2 @@\n+a\n+b");
  EXPECT_EQ(Joined(LineDiff("a\n", "")), "@@ -1,1 +0,0 @@\n-a");
}

/// Carries out a difference that has all lines in one hunk, or none.
std::pair<std::string, std::string> BothSidesOf(const std::vector<std::string>& diff) {
  std::string before;
  std::string after;
  for (std::size_t i = 1; i < diff.size(); ++i) {
    const std::string line = diff[i].substr(1) + "\n";
    if (diff[i].front() != '+') before += line;
    if (diff[i].front() != '-') after += line;
  }
  return {before, after};
}

TEST(LineDiffTest, FindsTheShortestWay) {
  // The example of Myers' paper: five edits.
  const std::string before = "a\nb\nc\na\nb\nb\na\n";
  const std::string after = "c\nb\na\nb\na\nc\n";
  const auto diff = LineDiff(before, after);
  EXPECT_EQ(BothSidesOf(diff), std::make_pair(before, after));
  int edits = 0;
  for (const std::string& line : diff) edits += line.front() == '-' || line.front() == '+';
  EXPECT_EQ(edits, 5);
}

TEST(LineDiffTest, GivesUpOnTextsThatHaveNothingInCommon) {
  const auto diff = LineDiff(Lines(1, 3000) + "end\n", Lines(10'001, 13'000) + "end\n");
  EXPECT_EQ(diff.size(), 6002U);
  EXPECT_EQ(diff.front(), "@@ -1,3001 +1,3001 @@");
  EXPECT_EQ(diff.back(), " end");
}

TEST(TamedTextTest, TakesAddressesOut) {
  EXPECT_EQ(TamedText("<Frame object at 0x7f3a5c01d2e0>"), "<Frame object at <address>>");
  EXPECT_EQ(TamedText("<environment: 0x55d5c8a3a0b8>"), "<environment: <address>>");
  EXPECT_EQ(TamedText("0xff00ff a0x7f3a5c01d2e0 0x7f3a5c01d2e0g"),
            "0xff00ff a0x7f3a5c01d2e0 0x7f3a5c01d2e0g");
  EXPECT_EQ(TamedText("/tmp/ipykernel_4711/123.py:1: FutureWarning"),
            "/tmp/ipykernel_<pid>/123.py:1: FutureWarning");
}

TEST(TamedTextTest, TakesDatesAndTimesOut) {
  EXPECT_EQ(TamedText("at 2026-11-23T02:00:00.123Z, 2026-11-23 02:00 UTC."), "at <date>, <date>.");
  EXPECT_EQ(TamedText("2026/11/23 2026-11-23 02:00:00+01:00"), "<date> <date>");
  EXPECT_EQ(TamedText("Mon Nov 23 02:00:00 UTC 2026"), "<date>");
  EXPECT_EQ(TamedText("[02:00:00] 02:00:00,123"), "[<time>] <time>");
  EXPECT_EQ(TamedText("2026-13-23 2026-11 12:30 x[10:20] 12:34:56:78:9a:bc 2026-11-"),
            "2026-13-23 2026-11 12:30 x[10:20] 12:34:56:78:9a:bc 2026-11-");
}

TEST(TamedTextTest, TakesOutHowLongThingsTook) {
  EXPECT_EQ(TamedText("Wall time: 12.3 ms; took 3.2s (45 µs)"),
            "Wall time: <duration>; took <duration> (<duration>)");
  EXPECT_EQ(TamedText("10/10 [00:03<00:00,  3.21it/s]"), "10/10 [<time><<time>,  <duration>]");
  EXPECT_EQ(TamedText("5 stations, 12 msg, 3.5 m, 1.2.3s"), "5 stations, 12 msg, 3.5 m, 1.2.3s");
}

OutputRecord DiffedOutput(const std::string& json) {
  return {0, nlohmann::ordered_json::parse(json), false, 0, 0};
}

TEST(ComparableTextTest, ShowsTextWithoutColoursAndPicturesByTheirHash) {
  EXPECT_EQ(
      ComparableText(
          {DiffedOutput(
               R"({"output_type": "stream", "name": "stdout", "text": "a\r\u001b[31mb\u001b[0m"})"),
           DiffedOutput(R"({"output_type": "display_data", "metadata": {},
                      "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}})"),
           DiffedOutput(R"({"output_type": "execute_result", "metadata": {},
                      "data": {"text/html": "<table></table>", "text/plain": "one\ntwo"}})"),
           DiffedOutput(
               R"({"output_type": "error", "ename": "E", "evalue": "no", "traceback": []})")}),
      "b\n<Figure>\n[image/png, 8 B, sha256 4c4b6a3be131]\none\ntwo\nE: no\n");
}

CellRecord CellOf(int index, const std::string& name, const std::string& source) {
  CellRecord cell;
  cell.index = index;
  cell.name = name;
  cell.source = source;
  cell.state = CellState::kSucceeded;
  return cell;
}

std::string Pairs(const std::vector<CellRecord>& before, const std::vector<CellRecord>& after) {
  std::string text;
  for (const CellPair& pair : PairCells(before, after)) {
    text += fmt::format("{}{} ", pair.before ? before[*pair.before].source : "-",
                        pair.after ? after[*pair.after].source : "-");
  }
  return text;
}

TEST(RunDiffTest, PairsCellsByName) {
  EXPECT_EQ(Pairs({CellOf(0, "load", "a"), CellOf(1, "clean", "b"), CellOf(2, "plot", "c")},
                  {CellOf(0, "load", "A"), CellOf(1, "check", "X"), CellOf(2, "plot", "C")}),
            "aA b- -X cC ");
}

TEST(RunDiffTest, PairsCellsWithoutANameBySourceThenByOrder) {
  EXPECT_EQ(Pairs({CellOf(0, "", "a"), CellOf(1, "", "b"), CellOf(2, "", "c")},
                  {CellOf(0, "", "x"), CellOf(1, "", "a"), CellOf(2, "", "B"), CellOf(3, "", "c")}),
            "-x aa bB cc ");
}

TEST(RunDiffTest, PairsACellThatWasGivenAnotherName) {
  EXPECT_EQ(Pairs({CellOf(0, "lod", "a")}, {CellOf(0, "new", "n"), CellOf(1, "load", "a")}),
            "-n aa ");
}

TEST(RunDiffTest, FindsChangedNewAndMissingParameters) {
  std::string text;
  for (const ParameterDiff& diff :
       DiffParameters(Json{{"same", 1}, {"limit", 5}, {"old", "x"}},
                      Json{{"limit", 10}, {"same", 1}, {"new", true}})) {
    text += fmt::format("{} {} {}\n", diff.name, diff.before ? diff.before->dump() : "-",
                        diff.after ? diff.after->dump() : "-");
  }
  EXPECT_EQ(text, "limit 5 10\nold \"x\" -\nnew - true\n");
}

TEST(RunDiffTest, ComparesOutputsTamedOrAsTheyAre) {
  const auto side = [](const std::string& text) {
    const nlohmann::ordered_json body{
        {"output_type", "stream"}, {"name", "stdout"}, {"text", text}};
    return CellAndOutputs{CellOf(0, "a", "x"), {{0, body, false, 0, 0}}};
  };
  EXPECT_TRUE(DiffCells(side("at 02:00:00\n"), side("at 03:10:00\n"), OutputsAs::kTamed).IsSame());
  EXPECT_EQ(
      Joined(DiffCells(side("at 02:00:00\n"), side("at 03:10:00\n"), OutputsAs::kExact).outputs),
      "@@ -1,1 +1,1 @@\n-at 02:00:00\n+at 03:10:00");
  EXPECT_FALSE(DiffCells(side(""), std::nullopt, OutputsAs::kTamed).IsSame());
}

TEST(RunDiffTest, KnowsDurationsAsRatios) {
  EXPECT_EQ(DurationRatio(Millis(200), Millis(500)), 2.5);
  EXPECT_EQ(DurationRatio(Millis(0), Millis(500)), std::nullopt);
  EXPECT_EQ(DurationRatio(std::nullopt, Millis(500)), std::nullopt);
}

TEST(TextTableTest, LetsColumnsGiveWayInTheirOrder) {
  const std::vector<TableColumn> columns{{"NAME"}, {"N", true}, {"NOTE"}};
  const std::vector<TableRow> rows{{"a long name", "5", "what for"}, {"b", "12", ""}};
  const std::vector<Narrowing> steps{{2, 0}, {0, 4}};
  EXPECT_EQ(TextTable(columns, rows, 0, steps),
            "NAME          N  NOTE\n"
            "a long name   5  what for\n"
            "b            12\n");
  EXPECT_EQ(TextTable(columns, rows, 16, steps),
            "NAME          N\na long name   5\nb            12\n");
  EXPECT_EQ(TextTable(columns, rows, 12, steps), "NAME       N\na long …   5\nb         12\n");
  EXPECT_EQ(TextTable(columns, rows, 3, steps), "NAME   N\na l…   5\nb     12\n");
}

}  // namespace
}  // namespace cellar
