// The queue, the gateways and the schedules over the API.
#include "store/schedules.h"
#include "tests/runner/api_fixture.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ApiQueueTest : public ApiTest {};

TEST_F(ApiQueueTest, SaysWhatWaitsWhatRunsAndWhoWorks) {
  MakeRunning("train");
  MakeQueuedRun(store_, "report");
  MakeQueuedRun(store_, "mail");
  const Json queue = Get("/queue");
  ASSERT_EQ(queue.at("queued").size(), 2u);
  EXPECT_EQ(queue.at("queued").at(1).at("run").at("id"), 3);
  EXPECT_EQ(queue.at("queued").at(1).at("place").dump(),
            R"({"position":2,"reason":"kernel","until":null,"run":null,"key":"",)"
            R"("text":"waits for a worker with a free kernel"})");
  ASSERT_EQ(queue.at("running").size(), 1u);
  EXPECT_EQ(queue.at("running").at(0).at("job"), "train");
  EXPECT_EQ(queue.at("total_queued"), 2);
  ASSERT_EQ(queue.at("workers").size(), 1u);
  EXPECT_TRUE(queue.at("workers").at(0).at("worker").get<std::string>().starts_with("process "));
  EXPECT_EQ(queue.at("workers").at(0).at("kind"), "work");
  EXPECT_EQ(queue.at("workers").at(0).at("running"), 1);
}

TEST_F(ApiQueueTest, NamesNoWorkerThatIsGone) {
  {
    Store other = Store::Open(store_.file(), StoreMode::kReadWrite);
    other.RegisterWorker(WorkerKind::kServe);
    EXPECT_EQ(Get("/queue").at("workers").size(), 1u);
  }
  EXPECT_EQ(Get("/queue").at("workers"), Json::array());
}

TEST_F(ApiQueueTest, ListsGatewaysAndKernels) {
  GatewayConfig lab;
  lab.url = "https://user:secret@lab.example/base?token=secret";
  lab.labels = {"gpu"};
  lab.max_kernels = 8;
  config_.gateways["lab"] = lab;
  config_.default_gateway = "lab";
  context_.gateway_state = [](const std::string& name) {
    return name == "lab" ? std::pair<std::string, std::string>("full", "8 of 8 kernels")
                         : std::pair<std::string, std::string>("unknown", "");
  };
  const RunId run = MakeRunning("train");
  KernelRecord kernel;
  kernel.gateway = "lab";
  kernel.url = "https://lab.example/base";
  kernel.tag = "t1";
  kernel.kernelspec = "python3";
  kernel.created_at = StoreTime(7);
  store_.RecordKernelIntent(kernel, AttemptId{1});
  EXPECT_EQ(run, RunId{1});
  const ApiAnswer answer = Ask("GET", "/gateways");
  EXPECT_EQ(Json::parse(answer.body).dump(),
            R"({"schema_version":1,"gateways":[{"name":"lab","url":"https://lab.example/base",)"
            R"("labels":["gpu"],"max_kernels":8,"kernels":1,"is_default":true,"state":"full",)"
            R"("note":"8 of 8 kernels"},{"name":"embedded","url":"","labels":[],)"
            R"("max_kernels":null,"kernels":0,"is_default":false,"state":"unknown","note":""}],)"
            R"("kernels":[{"gateway":"lab","kernelspec":"python3","kernel_id":"",)"
            R"("state":"intended","run":1,"job":"train","in_use":true,"owned":true,)"
            R"("created_at":"2026-11-23T02:00:00.007Z"}]})");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(ApiQueueTest, HasTheEmbeddedGatewayAsDefaultWhenNoneIsConfigured) {
  const Json gateways = Get("/gateways").at("gateways");
  ASSERT_EQ(gateways.size(), 1u);
  EXPECT_EQ(gateways.at(0).at("name"), "embedded");
  EXPECT_EQ(gateways.at(0).at("is_default"), true);
  EXPECT_EQ(gateways.at(0).at("state"), "unknown");
}

TEST_F(ApiQueueTest, ListsSchedules) {
  EXPECT_EQ(Get("/schedules").dump(), R"({"schema_version":1,"schedules":[]})");
  NewSchedule nightly{"nightly", {}, "/jobs/nightly.toml", std::string(64, 'a')};
  nightly.job.name = "nightly";
  nightly.job.schedule =
      Schedule{"0 3 * * *", "Europe/Berlin", std::chrono::minutes(2), CatchUp::kAll};
  const ScheduleId id = PutSchedule(store_, nightly, StoreTime());
  NewRun run;
  run.job.name = "nightly";
  SubmitSlot(store_, id, StoreTime(1000), run, StoreTime(1000));
  store_.ClaimRun(RunId{1}, StoreTime(1000));
  PauseSchedule(store_, "nightly");
  EXPECT_EQ(Get("/schedules").at("schedules").at(0).dump(),
            R"({"name":"nightly","job":"nightly","job_file":"/jobs/nightly.toml",)"
            R"("cron":"0 3 * * *","timezone":"Europe/Berlin","jitter_ms":120000,"catch_up":"all",)"
            R"("paused":true,"created_at":"2026-11-23T02:00:00.000Z","next_at":null,)"
            R"("last":{"at":"2026-11-23T02:00:01.000Z","run":1,"state":"running","reason":null},)"
            R"("waiting":null})");
}

TEST_F(ApiQueueTest, ListsAScheduleWhoseTimeZoneIsNotThere) {
  NewSchedule odd{"odd", {}, "/jobs/odd.toml", std::string(64, 'a')};
  odd.job.name = "odd";
  odd.job.schedule = Schedule{"0 3 * * *", "Mars/Base", std::chrono::minutes(0), CatchUp::kAll};
  PutSchedule(store_, odd, StoreTime());
  EXPECT_EQ(Get("/schedules").at("schedules").at(0).at("next_at"), nullptr);
}

}  // namespace
}  // namespace cellar
