// What is written of a run: as JSON, as text, as a table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runner/review/failing_line.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"
#include "runner/review/runs_table.h"
#include "tests/support/made_store.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

class ReviewTest : public testing::Test {
 protected:
  ReviewTest() : store_(Store::Open(dir_ / "cellar.db", StoreMode::kReadWrite)) {
    setenv("TZ", "UTC", 1);
    tzset();
  }

  RunRecord Record(RunId id) const { return FindRun(store_, id).value(); }
  std::string JsonOf(RunId id) const {
    return Written([&](const TextSink& sink) { WriteRunJson(store_, Record(id), sink); });
  }
  std::string TextOf(RunId id, const TextLook& look = {}) const {
    return Written([&](const TextSink& sink) { WriteRunText(store_, Record(id), look, sink); });
  }
  std::string FailureOf(RunId id, const TextLook& look = {}) const {
    return Written([&](const TextSink& sink) { WriteFailureText(store_, Record(id), look, sink); });
  }
  std::string TableAt(int columns) const {
    return RunsTable(FindRuns(store_, {}), {false, columns});
  }

  template <typename Write>
  static std::string Written(const Write& write) {
    std::string text;
    write([&](std::string_view piece) { text.append(piece); });
    return text;
  }

  TempDir dir_;
  Store store_;
};

TEST_F(ReviewTest, WritesARunAsTheContractsJson) {
  const auto json = nlohmann::ordered_json::parse(JsonOf(MakeFailedRun(store_)));
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(json.at("run").dump(1), R"({
 "id": 1,
 "job": "clean-weather",
 "state": "failed",
 "reason": "cell_error",
 "message": "cell 2 (clean): KeyError: 'temp'",
 "parameters": {
  "limit": 5
 },
 "tags": [
  "weather",
  "nightly"
 ],
 "gateway": "lab",
 "kernelspec": "python3",
 "attempt": 1,
 "submitted_at": "2026-11-23T02:00:00.000Z",
 "started_at": "2026-11-23T02:00:00.003Z",
 "finished_at": "2026-11-23T02:00:00.291Z",
 "queue_ms": 3.0,
 "kernel_start_ms": 12.5,
 "duration_ms": 288.5,
 "job_file": "jobs/clean-weather.toml",
 "job_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
 "pinned": false
})");
  ASSERT_EQ(json.at("cells").size(), 4U);
  EXPECT_EQ(
      json["cells"][1].dump(),
      R"json({"index":1,"name":"load","kind":"code","source":"frame = read()\nframe","state":"succeeded","reason":null,"message":"","execution_count":2,"started_at":"2026-11-23T02:00:00.030Z","duration_ms":210.25,"output_bytes":232,"outputs":[{"output_type":"stream","name":"stdout","text":"reading\n"},{"output_type":"execute_result","data":{"text/plain":"   temp\n0  21.5","text/html":"<table></table>"},"metadata":{},"execution_count":2},{"output_type":"display_data","data":{"image/png":"iVBORw0KGgo=","text/plain":"<Figure size 640x480>"},"metadata":{}}],"events":[{"kind":"resumed","at":"2026-11-23T02:00:00.100Z","detail":"after 2 s"}]})json");
  EXPECT_EQ(json["cells"][2]["outputs"][0].dump(),
            R"({"output_type":"stream","name":"stderr","text":" 10%\r 50%\r100%\n"})");
  EXPECT_EQ(
      json["cells"][3].dump(),
      R"json({"index":3,"name":"plot","kind":"code","source":"frame.plot()","state":"not_run","reason":null,"message":"","execution_count":null,"started_at":null,"duration_ms":null,"output_bytes":0,"outputs":[],"events":[]})json");
}

TEST_F(ReviewTest, WritesNullForWhatDoesNotApplyYet) {
  const auto run = RunToJson(Record(MakeQueuedRun(store_, "later")));
  for (const char* key : {"reason", "started_at", "finished_at", "queue_ms", "duration_ms"}) {
    EXPECT_TRUE(run.at(key).is_null()) << key;
  }
  EXPECT_EQ(run.at("state"), "queued");
}

TEST_F(ReviewTest, ListsRunsAsJson) {
  MakeSucceededRun(store_, "a", "x");
  MakeQueuedRun(store_, "b");
  const auto json = nlohmann::json::parse(
      Written([&](const TextSink& sink) { WriteRunsJson(FindRuns(store_, {}), sink); }));
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(json.at("runs")[0].at("job"), "b");
  EXPECT_EQ(json.at("runs")[1].at("job"), "a");
  EXPECT_EQ(Written([](const TextSink& sink) { WriteRunsJson({}, sink); }),
            "{\"schema_version\": 1, \"runs\": []}\n");
}

TEST_F(ReviewTest, ShowsARunAsText) {
  EXPECT_EQ(TextOf(MakeFailedRun(store_)), R"text(run 1  clean-weather  failed (cell_error)  288 ms
  cell 2 (clean): KeyError: 'temp'
  job file    jobs/clean-weather.toml
  gateway     lab, kernel python3, attempt 1
  submitted   2026-11-23 02:00:00, queued for 3 ms, kernel ready after 12 ms
  tags        weather, nightly
  parameters  limit = 5

[0] parameters  succeeded  5 ms
  | limit = 5

[1] load  succeeded  210 ms
  | frame = read()
  | frame
reading
   temp
0  21.5
<Figure size 640x480>
[image/png, 9 B]
  ! resumed: after 2 s

[2] clean  failed (error)  40 ms
  |
  | a = 1
  | b = 2
  | frame['temp']
  | c = 4
100%
-----------
KeyError  Traceback (most recent call last)
Cell In [3], line 3
      2 b = 2
----> 3 frame['temp']
KeyError: 'temp'

[3] plot  not_run
  | frame.plot()
)text");
}

TEST_F(ReviewTest, SaysWhereTheLimitCutSomethingOut) {
  const std::string text = std::string(500, 'a') + "\n" + std::string(500, 'z');
  const std::string shown = TextOf(MakeSucceededRun(store_, "long", text, 0, 20));
  EXPECT_EQ(shown.substr(shown.find("  | ")),
            "  | print(text)\n"
            "aaaaaaaaaa\n[… 981 B cut out …]\nzzzzzzzzzz\n"
            "  ! outputs_truncated: kept 20 B of 1001 B; output_per_cell is 20 B\n");
}

TEST_F(ReviewTest, ShowsAQueuedRun) {
  EXPECT_EQ(TextOf(MakeQueuedRun(store_, "later")), R"(run 1  later  queued
  job file    jobs/later.toml
  submitted   2026-11-23 02:00:00
)");
}

TEST_F(ReviewTest, NeutralisesWhatOutputsAndNamesWouldDoToATerminal) {
  const RunId id = MakeSucceededRun(store_, "bars", "1\r2\x1b]52;c;ZXZpbA==\x07\x1b[31m3");
  const std::string text = TextOf(id, {true, 80});
  EXPECT_NE(text.find("2\x1b[0;31m3\x1b[0m\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("52;c"), std::string::npos);
}

TEST_F(ReviewTest, ReportsAFailureWithTheFailingLineMarked) {
  EXPECT_EQ(FailureOf(MakeFailedRun(store_), {false, 0, "my.db"}),
            R"text(run 1  clean-weather  failed (cell_error)  288 ms
cell 2 (clean): KeyError: 'temp'

cell 2 (clean), jobs/clean-weather.toml:16
      13 |
      14 | a = 1
      15 | b = 2
  >   16 | frame['temp']
      17 | c = 4

traceback
  -----------
  KeyError  Traceback (most recent call last)
  Cell In [3], line 3
        2 b = 2
  ----> 3 frame['temp']
  KeyError: 'temp'

last output
  100%

all of it: cellar show 1 --store my.db
)text");
}

TEST_F(ReviewTest, ShortensLinesThatWouldFloodAMail) {
  const std::string line = std::string(300'000, 'a');
  const std::string report = FailureOf(MakeFailedRun(store_, line + "\n" + line + "\n"));
  const std::string shown = "  " + std::string(499, 'a') + "…\n";
  EXPECT_NE(report.find("last output\n  …\n" + shown), std::string::npos) << report.size();
  EXPECT_LT(report.size(), 4000u);
}

TEST_F(ReviewTest, ReportsNothingOfASuccess) {
  EXPECT_EQ(FailureOf(MakeSucceededRun(store_, "a", "x")), "");
}

TEST_F(ReviewTest, ListsRunsWholeWhereThereIsNoWindow) {
  MakeFailedRun(store_);
  MakeSucceededRun(store_, "a-job-with-a-long-name-of-many-words", "x", 60'000);
  MakeQueuedRun(store_, "later");
  EXPECT_EQ(
      TableAt(0),
      R"table(RUN  JOB                                   STATE               SUBMITTED              TIME  MESSAGE
  3  later                                 queued              2026-11-23 02:00:00
  2  a-job-with-a-long-name-of-many-words  succeeded           2026-11-23 02:01:00   1.6 s
  1  clean-weather                         failed: cell_error  2026-11-23 02:00:00  288 ms  cell 2 (clean): KeyError: 'temp'
)table");
}

TEST_F(ReviewTest, FitsTheTableIntoNarrowWindows) {
  MakeFailedRun(store_);
  MakeSucceededRun(store_, "a-job-with-a-long-name-of-many-words", "x", 60'000);
  EXPECT_EQ(
      TableAt(100),
      R"table(RUN  JOB                                   STATE               SUBMITTED              TIME
  2  a-job-with-a-long-name-of-many-words  succeeded           2026-11-23 02:01:00   1.6 s
  1  clean-weather                         failed: cell_error  2026-11-23 02:00:00  288 ms
)table");
  EXPECT_EQ(TableAt(60), R"table(RUN  JOB             STATE               SUBMITTED      TIME
  2  a-job-with-a-…  succeeded           11-23 02:01   1.6 s
  1  clean-weather   failed: cell_error  11-23 02:00  288 ms
)table");
}

TEST(FailingLineTest, ReadsTheFormsOfIPython) {
  EXPECT_EQ(FailingLine("Cell In [3], line 2\n----> 2 1/0", 3), 2);
  EXPECT_EQ(FailingLine("Cell In[3], line 12, in f(x)", 3), 12);
  EXPECT_EQ(FailingLine("Input In [3], in <cell line: 2>()\n----> 2 1/0", 3), 2);
  EXPECT_EQ(FailingLine("<ipython-input-3-abc> in f()\n      1 def f():\n----> 2   1/0", 3), 2);
}

TEST(FailingLineTest, TakesTheInnermostFrameOfThisCell) {
  EXPECT_EQ(FailingLine("Cell In [3], line 4\n----> 4 f()\n"
                        "Cell In [3], line 2, in f()\n----> 2 g()\n"
                        "Cell In [1], line 7, in g()\n----> 7 h()\n"
                        "File /usr/lib/python3/json.py:99, in h()\n---> 99 raise",
                        3),
            2);
}

TEST(FailingLineTest, SaysNothingAboutOtherTracebacks) {
  EXPECT_EQ(FailingLine("Error in stop(\"x\"): x\nTraceback:\n1. stop(\"x\")", 3), std::nullopt);
  EXPECT_EQ(FailingLine("Cell In [99999999999999], line 1", 3), std::nullopt);
  EXPECT_EQ(FailingLine("", 3), std::nullopt);
}

}  // namespace
}  // namespace cellar
