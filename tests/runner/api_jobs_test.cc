// Jobs and pairs of runs over the API.
#include <fmt/format.h>

#include "store/attempt_writer.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiJobsTest : public ApiTest {
 protected:
  /// "[0] load = =, [1] - …": which cells are side by side, and what differs.
  std::string Compared(const std::string& a, const std::string& b) {
    std::string text;
    const Json comparison = Get(fmt::format("/compare?a={}&b={}", a, b));
    for (const Json& pair : comparison.at("cells")) {
      const auto index = [](const Json& cell) {
        return cell.is_null() ? std::string("-") : cell.at("index").dump();
      };
      text += fmt::format("{}:{}{}{}{} {}\n", index(pair.at("a")), index(pair.at("b")),
                          pair.at("same_source") == true ? "" : " source",
                          pair.at("same_state") == true ? "" : " state",
                          pair.at("same_outputs") == true ? "" : " outputs",
                          pair.at("duration_ratio").dump());
    }
    return text;
  }

  /// A succeeded run with cells of these names, each with its name as its source.
  void MakeRunOfCells(const std::vector<std::string>& names) {
    store_.RegisterWorker();
    NewRun run;
    run.job.name = "cells";
    for (const std::string& name : names) {
      Cell cell;
      cell.name = name.starts_with("#") ? "" : name;
      cell.source = name;
      run.job.cells.push_back(cell);
    }
    const auto claim = store_.ClaimRun(store_.AddRun(run, StoreTime()), StoreTime());
    AttemptWriter(store_, claim->attempt, 0)
        .End({RunState::kSucceeded, {}, "", Millis(1)}, StoreTime(9));
  }
};

TEST_F(ApiJobsTest, ListsJobsWithTheirLastRuns) {
  MakeEnded({.job = "clean", .millis = 100});
  MakeEnded({.job = "clean", .millis = 300});
  MakeEnded({.job = "clean", .state = RunState::kFailed, .millis = 5});
  MakeEnded({.job = "clean", .millis = 200});
  MakeQueuedRun(store_, "report");
  const Json jobs = Get("/jobs");
  EXPECT_EQ(jobs.at("next"), nullptr);
  EXPECT_EQ(jobs.at("jobs").at(0).at("runs"), 4);
  EXPECT_EQ(jobs.at("jobs").at(0).at("median_ms"), 200.0);
  EXPECT_EQ(jobs.at("jobs").at(0).at("last").at(1).dump(),
            R"({"id":3,"state":"failed","reason":"cell_error",)"
            R"("submitted_at":"2026-11-23T02:00:00.000Z","duration_ms":5.0})");
  EXPECT_EQ(jobs.at("jobs").at(1).dump(),
            R"({"name":"report","runs":1,"last":[{"id":5,"state":"queued","reason":null,)"
            R"("submitted_at":"2026-11-23T02:00:00.000Z","duration_ms":null}],"median_ms":null})");
}

TEST_F(ApiJobsTest, PagesThroughJobsByName) {
  for (const char* job : {"c", "a", "Bad", "b"}) MakeQueuedRun(store_, job);
  for (int run = 0; run < 31; ++run) MakeQueuedRun(store_, "a");
  const Json first = Get("/jobs?limit=2");
  EXPECT_EQ(first.at("jobs").at(0).at("name"), "Bad");
  EXPECT_EQ(first.at("jobs").at(1).at("name"), "a");
  EXPECT_EQ(first.at("jobs").at(1).at("runs"), 32);
  EXPECT_EQ(first.at("jobs").at(1).at("last").size(), 30u);
  EXPECT_EQ(first.at("next"), "a");
  const Json second = Get("/jobs?limit=2&cursor=a");
  EXPECT_EQ(second.at("jobs").at(0).at("name"), "b");
  EXPECT_EQ(second.at("jobs").at(1).at("name"), "c");
  EXPECT_EQ(second.at("next"), nullptr);
  EXPECT_EQ(Get("/jobs?text=b").at("jobs").size(), 2u);
  EXPECT_EQ(Refusal("GET", "/jobs?limit=1000"), "400 limit: \"1000\" is no number from 1 to 500");
}

TEST_F(ApiJobsTest, ShowsAJobOverItsRuns) {
  MakeEnded({.job = "clean", .millis = 100, .cell_millis = {10, 90}});
  MakeEnded({.job = "other", .millis = 100, .cell_millis = {10}});
  MakeEnded({.job = "clean",
             .state = RunState::kFailed,
             .millis = 50,
             .cell_millis = {20, 30},
             .message = "no"});
  MakeEnded({.job = "clean", .state = RunState::kFailed, .millis = {}, .cell_millis = {40}});
  EXPECT_EQ(Get("/jobs/clean").dump(1), R"({
 "schema_version": 1,
 "job": "clean",
 "total": 3,
 "runs": [
  {
   "id": 1,
   "state": "succeeded",
   "reason": null,
   "message": "",
   "submitted_at": "2026-11-23T02:00:00.000Z",
   "queue_ms": 5.0,
   "kernel_start_ms": null,
   "duration_ms": 100.0
  },
  {
   "id": 3,
   "state": "failed",
   "reason": "cell_error",
   "message": "no",
   "submitted_at": "2026-11-23T02:00:00.000Z",
   "queue_ms": 5.0,
   "kernel_start_ms": null,
   "duration_ms": 50.0
  },
  {
   "id": 4,
   "state": "failed",
   "reason": "cell_error",
   "message": "",
   "submitted_at": "2026-11-23T02:00:00.000Z",
   "queue_ms": 5.0,
   "kernel_start_ms": null,
   "duration_ms": null
  }
 ],
 "cells": [
  {
   "name": "load",
   "index": 0,
   "count": 3,
   "failures": 1,
   "median_ms": 15.0,
   "p95_ms": 20.0,
   "durations_ms": [
    10.0,
    20.0,
    40.0
   ]
  },
  {
   "name": "[1]",
   "index": 1,
   "count": 2,
   "failures": 1,
   "median_ms": 90.0,
   "p95_ms": 90.0,
   "durations_ms": [
    90.0,
    30.0,
    null
   ]
  }
 ],
 "first_bad": {
  "run": 3,
  "last_good": 1,
  "bad_runs": 2
 }
})");
}

TEST_F(ApiJobsTest, MeasuresAsStatsDoes) {
  for (const double millis : {10, 20, 40, 80})
    MakeEnded({.millis = millis, .cell_millis = {millis}});
  const Json cell = Get("/jobs/job").at("cells").at(0);
  EXPECT_EQ(cell.at("median_ms"), 30.0);
  EXPECT_EQ(cell.at("p95_ms"), 80.0);
  EXPECT_EQ(Get("/jobs").at("jobs").at(0).at("median_ms"), 30.0);
}

TEST_F(ApiJobsTest, FindsTheFirstBadRunBeyondTheLastOnes) {
  MakeEnded({.state = RunState::kFailed});
  EXPECT_EQ(Get("/jobs/job").at("first_bad").dump(), R"({"run":1,"last_good":null,"bad_runs":1})");
  MakeEnded({});
  EXPECT_EQ(Get("/jobs/job").at("first_bad"), nullptr);
  for (int run = 0; run < 3; ++run) MakeEnded({.state = RunState::kFailed});
  MakeEnded({.state = RunState::kCancelled});
  const Json job = Get("/jobs/job?limit=1");
  EXPECT_EQ(job.at("runs").size(), 1u);
  EXPECT_EQ(job.at("total"), 6);
  EXPECT_EQ(job.at("first_bad").dump(), R"({"run":3,"last_good":2,"bad_runs":3})");
}

TEST_F(ApiJobsTest, ShowsAJobWithoutRunsAsEmpty) {
  EXPECT_EQ(Get("/jobs/none").dump(),
            R"({"schema_version":1,"job":"none","total":0,"runs":[],"cells":[],"first_bad":null})");
}

TEST_F(ApiJobsTest, ComparesTwoRuns) {
  MakeEnded({.cell_millis = {10, 20}, .source = "a.csv"});
  MakeEnded({.state = RunState::kFailed, .cell_millis = {10, 30}});
  EXPECT_EQ(Compared("1", "2"), "0:0 1.0\n1:1 state 1.5\n");
  EXPECT_EQ(Compared("1", "last"), Compared("1", "2"));
  EXPECT_EQ(Get("/compare?a=1&b=2").at("parameters").dump(),
            R"([{"name":"source","a":"a.csv","same":false}])");
  EXPECT_EQ(Get("/compare?a=2&b=1").at("parameters").dump(),
            R"([{"name":"source","b":"a.csv","same":false}])");
  EXPECT_EQ(Get("/compare?a=1&b=1").at("parameters").dump(),
            R"([{"name":"source","a":"a.csv","b":"a.csv","same":true}])");
  EXPECT_EQ(Get("/compare?a=1&b=2").at("b").at("id"), 2);
}

TEST_F(ApiJobsTest, PutsCellsOfOneNameSideBySide) {
  MakeRunOfCells({"load", "clean", "plot"});
  MakeRunOfCells({"first", "load", "plot", "mail"});
  EXPECT_EQ(Compared("1", "2"),
            "-:0 source state outputs null\n0:1 null\n1:- source state outputs null\n2:2 null\n"
            "-:3 source state outputs null\n");
  MakeRunOfCells({"#1", "#2", "#2"});
  MakeRunOfCells({"#1", "#3"});
  EXPECT_EQ(Compared("3", "4"), "0:0 null\n1:1 source null\n2:- source state outputs null\n");
  EXPECT_EQ(Compared("3", "3"), "0:0 null\n1:1 null\n2:2 null\n");
}

TEST_F(ApiJobsTest, FindsACellWithoutANameBehindANewOne) {
  MakeRunOfCells({"#1", "#2"});
  MakeRunOfCells({"#1", "#new", "#2"});
  EXPECT_EQ(Compared("1", "2"), "0:0 null\n-:1 source state outputs null\n1:2 null\n");
}

TEST_F(ApiJobsTest, ComparesOutputsButForWhatChanceDecides) {
  const auto result = [](int count, const std::string& text) {
    return Json{{"output_type", "execute_result"},
                {"data", {{"text/plain", text}}},
                {"metadata", {{"at", count}}},
                {"execution_count", count}}
        .dump();
  };
  MakeRunWithOutputs(store_, "show", {result(1, "5")});
  MakeRunWithOutputs(store_, "show", {result(2, "5")});
  MakeRunWithOutputs(store_, "show", {result(1, "6")});
  MakeRunWithOutputs(store_, "show", {result(1, "5"), result(1, "5")});
  EXPECT_EQ(Compared("1", "2"), "0:0 1.0\n");
  EXPECT_EQ(Compared("1", "3"), "0:0 outputs 1.0\n");
  EXPECT_EQ(Compared("1", "4"), "0:0 outputs 1.0\n");
}

TEST_F(ApiJobsTest, ComparesOutputsAsDiffDoes) {
  MakeSucceededRun(store_, "log", "<Model at 0x7f00a1b2c3d4> read in 1.25 s\n");
  MakeSucceededRun(store_, "log", "<Model at 0x7f11a1b2c3d4> read in 3.5 s\n");
  MakeSucceededRun(store_, "log", "<Model at 0x7f11a1b2c3d4> written in 3.5 s\n");
  EXPECT_EQ(Compared("1", "2"), "0:0 1.0\n");
  EXPECT_EQ(Compared("2", "3"), "0:0 outputs 1.0\n");
}

TEST_F(ApiJobsTest, ComparesVeryLargeOutputsToTheirEnds) {
  const std::string text(5'000'000, 'a');
  MakeSucceededRun(store_, "log", text);
  MakeSucceededRun(store_, "log", text);
  MakeSucceededRun(store_, "log", text.substr(1) + "b");
  MakeSucceededRun(store_, "log", text + "a");
  EXPECT_EQ(Compared("1", "2"), "0:0 1.0\n");
  EXPECT_EQ(Compared("1", "3"), "0:0 outputs 1.0\n");
  EXPECT_EQ(Compared("1", "4"), "0:0 outputs 1.0\n");
}

TEST_F(ApiJobsTest, ComparesOnlyRunsThatAreThere) {
  MakeEnded({});
  EXPECT_EQ(Refusal("GET", "/compare?a=1"), "400 a and b: two runs are compared: give both");
  EXPECT_EQ(Refusal("GET", "/compare?a=1&b=9"), "404 there is no run 9: the newest is 1");
}

}  // namespace
}  // namespace cellar
