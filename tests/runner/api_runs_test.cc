// Leafing through the history over the API.
#include <fmt/format.h>

#include "runner/review/times.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiRunsTest : public ApiTest {
 protected:
  /// The numbers of the runs on one page.
  std::string RunsOf(const std::string& query) { return NumbersOf(Get("/runs?" + query)); }

  static std::string NumbersOf(const Json& page) {
    std::string numbers;
    for (const Json& run : page.at("runs")) numbers += fmt::format("{} ", run.at("id").dump());
    return numbers;
  }

  /// Page by page up to the last, `|` behind each.
  std::string Leafed(const std::string& query) {
    std::string numbers;
    std::string cursor;
    for (int pages = 0; pages < 20; ++pages) {
      const Json page = Get("/runs?" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      numbers += NumbersOf(page) + "|";
      if (page.at("next").is_null()) return numbers;
      cursor = page.at("next");
    }
    return numbers + " and so on";
  }

  void MakeHistory() {
    MakeEnded({.job = "clean", .millis = 300, .tags = {"nightly"}, .submitted = 0});  // 1
    MakeEnded({.job = "report",
               .state = RunState::kFailed,
               .millis = 50.5,
               .message = "cell 0 (load): KeyError: 'Temp_max'",
               .submitted = 1000});  // 2
    MakeQueuedRun(store_, "clean");  // 3
    MakeEnded(
        {.job = "clean", .state = RunState::kCancelled, .millis = {}, .submitted = 2000});  // 4
    MakeEnded({.job = "train",
               .millis = 300,
               .tags = {"nightly", "gpu"},
               .source = "100%.csv",
               .submitted = 3000});  // 5
  }
};

TEST_F(ApiRunsTest, AnswersWithRunsAsTheCommandWritesThem) {
  MakeSucceededRun(store_, "weather", "hello");
  EXPECT_EQ(Get("/runs").dump(1), R"({
 "schema_version": 1,
 "runs": [
  {
   "id": 1,
   "job": "weather",
   "state": "succeeded",
   "reason": null,
   "message": "",
   "parameters": {},
   "tags": [
    "nightly"
   ],
   "gateway": "lab",
   "kernelspec": "python3",
   "attempt": 1,
   "submitted_at": "2026-11-23T02:00:00.000Z",
   "started_at": "2026-11-23T02:00:00.003Z",
   "finished_at": "2026-11-23T02:00:01.603Z",
   "queue_ms": 3.0,
   "kernel_start_ms": null,
   "duration_ms": 1600.0,
   "job_file": "jobs/weather.toml",
   "job_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
   "pinned": false
  }
 ],
 "next": null,
 "total": 1
})");
}

TEST_F(ApiRunsTest, AnswersOfAnEmptyStoreWithNoRuns) {
  EXPECT_EQ(Get("/runs").dump(), R"({"schema_version":1,"runs":[],"next":null,"total":0})");
}

TEST_F(ApiRunsTest, Filters) {
  MakeHistory();
  EXPECT_EQ(RunsOf("job=clean"), "4 3 1 ");
  EXPECT_EQ(RunsOf("job=cle"), "");
  EXPECT_EQ(RunsOf("state=failed,queued"), "3 2 ");
  EXPECT_EQ(RunsOf("reason=by_user,cell_error"), "4 2 ");
  EXPECT_EQ(RunsOf("tag=nightly"), "5 1 ");
  EXPECT_EQ(RunsOf("tag=nightly&job=train"), "5 ");
  EXPECT_EQ(RunsOf("since=2026-11-23T02:00:01Z"), "5 4 2 ");
  EXPECT_EQ(RunsOf("until=2026-11-23T02:00:01Z&sort=id"), "1 3 ");
  EXPECT_EQ(RunsOf("state=&reason=&job=&since="), "5 4 3 2 1 ");  // not given
  EXPECT_EQ(Get("/runs?state=failed,queued&limit=1").at("total"), 2);
}

TEST_F(ApiRunsTest, FindsTextInNameMessageAndParameters) {
  MakeHistory();
  EXPECT_EQ(RunsOf("text=REP"), "2 ");
  EXPECT_EQ(RunsOf("text=temp_"), "2 ");
  EXPECT_EQ(RunsOf("text=100%"), "5 ");
  EXPECT_EQ(RunsOf("text=1_0"), "");
  EXPECT_EQ(RunsOf("text=e&limit=2"), "5 4 ");
  EXPECT_TRUE(Get("/runs?text=e").at("total").is_null());
  EXPECT_EQ(Leafed("text=cle&limit=1"), "4 |3 |1 |");
}

TEST_F(ApiRunsTest, SortsAndPagesEveryWay) {
  MakeHistory();
  EXPECT_EQ(Leafed("limit=2"), "5 4 |3 2 |1 |");
  EXPECT_EQ(Leafed("limit=2&sort=id"), "1 2 |3 4 |5 |");
  // Those without a duration, or an end, are last.
  EXPECT_EQ(Leafed("limit=2&sort=-duration"), "5 1 |2 4 |3 |");
  EXPECT_EQ(Leafed("limit=2&sort=duration"), "2 1 |5 3 |4 |");
  EXPECT_EQ(Leafed("limit=1&sort=-duration"), "5 |1 |2 |4 |3 |");
  EXPECT_EQ(Leafed("limit=2&sort=-finished"), "5 4 |2 1 |3 |");
  EXPECT_EQ(Leafed("limit=2&sort=finished"), "1 2 |4 5 |3 |");
  EXPECT_EQ(Leafed("limit=2&sort=job"), "1 3 |4 2 |5 |");
  EXPECT_EQ(Leafed("limit=2&sort=-job"), "5 2 |4 3 |1 |");
  EXPECT_EQ(Leafed("limit=1&sort=-duration&tag=nightly"), "5 |1 |");
  EXPECT_EQ(Leafed("limit=1&sort=finished&job=clean"), "1 |4 |3 |");
}

TEST_F(ApiRunsTest, GoesOnBehindAPageWhenRunsAreAddedMeanwhile) {
  MakeHistory();
  const std::string next = Get("/runs?limit=2").at("next");
  MakeQueuedRun(store_, "clean");
  EXPECT_EQ(RunsOf("limit=2&cursor=" + next), "3 2 ");
}

TEST_F(ApiRunsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Refusal("GET", "/runs?jobs=a"),
            "400 there is no parameter \"jobs\" here: did you mean \"job\"?");
  EXPECT_EQ(Refusal("GET", "/runs?state=faild"),
            "400 state: there is no \"faild\": did you mean \"failed\"?");
  EXPECT_EQ(Refusal("GET", "/runs?reason=stalled,boredom"),
            "400 reason: there is no \"boredom\": known reasons: cell_error, cell_timeout, "
            "run_timeout, stalled, kernel_died, kernel_unavailable, gateway_unreachable, "
            "gateway_lost, output_limit, interrupted, store_full, by_user, overlap, dependency");
  EXPECT_EQ(Refusal("GET", "/runs?since=soon"),
            "400 since: \"soon\" is no time: give 2026-11-23, 2026-11-23T03:31:00Z, or how long "
            "ago: 90m, 2h, 3d");
  EXPECT_EQ(Refusal("GET", "/runs?limit=0"), "400 limit: \"0\" is no number from 1 to 500");
  EXPECT_EQ(Refusal("GET", "/runs?limit=501"), "400 limit: \"501\" is no number from 1 to 500");
  EXPECT_EQ(Refusal("GET", "/runs?limit=ten"), "400 limit: \"ten\" is no number from 1 to 500");
  EXPECT_EQ(Refusal("GET", "/runs?sort=-age"),
            "400 sort: there is no order \"-age\": id, duration, finished or job, with - before "
            "it: descending");
  EXPECT_EQ(Refusal("GET", "/runs?text=" + std::string(1001, 'x')),
            "400 text: at most 1000 bytes are looked for");
  for (const char* cursor : {"7", "id::7", "-id:7", "-id:x:7", "-id::", "-id::x", "-duration::7"}) {
    EXPECT_EQ(
        Refusal("GET", fmt::format("/runs?cursor={}", cursor)),
        fmt::format("400 cursor: \"{}\" is none of this order: give `next` of the page before",
                    cursor));
  }
}

TEST_F(ApiRunsTest, KnowsNoOtherPathsAndMethods) {
  EXPECT_EQ(Refusal("GET", "/run"), "404 there is no /run: /openapi.json lists what there is");
  EXPECT_EQ(Refusal("GET", "/runs/1/cells"),
            "404 there is no /runs/1/cells: /openapi.json lists what there is");
  EXPECT_EQ(Refusal("DELETE", "/runs"), "405 DELETE /runs: only GET, POST is answered");
  EXPECT_EQ(Refusal("GET", "/runs/1/cancel"), "405 GET /runs/1/cancel: only POST is answered");
  const ApiAnswer answer = Ask("PUT", "/queue");
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>("Allow", "GET")));
}

TEST_F(ApiRunsTest, AnswersEveryPathThatIsDescribed) {
  for (const auto& [path, operations] : ApiDescription().at("paths").items()) {
    if (path == "/openapi.json") continue;  // the server's own
    for (const auto& [method, operation] : operations.items()) {
      const ApiAnswer answer = Ask(method == "get" ? "GET" : "POST", path);
      EXPECT_EQ(answer.body.find("/openapi.json lists"), std::string::npos) << path;
      EXPECT_NE(answer.status, 405) << path;
    }
  }
}

TEST_F(ApiRunsTest, SaysWhatTheServerIs) {
  context_.works = true;
  const Json info = Get("/info");
  EXPECT_EQ(info.at("store"), "cellar.db");
  EXPECT_EQ(info.at("version"), "0.1.0");
  EXPECT_EQ(info.at("actions"), true);
  EXPECT_EQ(info.at("scripts"), false);
  EXPECT_EQ(info.at("works"), true);
  EXPECT_TRUE(ParseMoment(info.at("now").get<std::string>(), Now()).has_value());
}

}  // namespace
}  // namespace cellar
