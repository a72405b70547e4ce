#include "jobs/job_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "tests/jobs/arbitrary_job.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

// The message of reading `json`, which is not sound.
std::string FaultOfJob(const Json& json) {
  try {
    JobFromJson(json);
    return "sound";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kStore);
    return error.what();
  }
}

Job SmallJob() {
  Job job;
  job.name = "j";
  Cell cell;
  cell.source = "1";
  job.cells.push_back(cell);
  return job;
}

RC_GTEST_PROP(JobJsonTest, ReadsBackWhatItWrote, ()) {
  Job job = *AnyJob();
  job.parameters_before = *rc::gen::inRange<std::size_t>(0, 5);
  job.language = *rc::gen::element<std::string>("", "python");
  job.cells[0].may_raise = *rc::gen::arbitrary<bool>();
  job.cells[0].kind = *rc::gen::element(CellKind::kCode, CellKind::kParameters);
  job.cells[0].line = *rc::gen::inRange(1, 1000);
  const Json json = ToJson(job);
  const Json read = Json::parse(json.dump());
  RC_ASSERT(ToJson(JobFromJson(read)) == json);
}

TEST(JobJsonTest, ReadsJobsThatWereStoredBeforeSchedules) {
  Json json = ToJson(SmallJob());
  json.erase("concurrency");
  json.erase("schedule");
  EXPECT_EQ(ToJson(JobFromJson(json)), ToJson(SmallJob()));
}

TEST(JobJsonTest, RefusesWhatItDidNotWrite) {
  EXPECT_EQ(FaultOfJob(ToJson(SmallJob())), "sound");
  EXPECT_EQ(FaultOfJob(5),
            "a stored job is not sound: [json.exception.type_error.304] cannot use at() with "
            "number");
  Json json = ToJson(SmallJob());
  json.erase("cells");
  EXPECT_EQ(FaultOfJob(json),
            "a stored job is not sound: [json.exception.out_of_range.403] key 'cells' not found");
  json = ToJson(SmallJob());
  json["retry"]["on"] = {"never"};
  EXPECT_EQ(FaultOfJob(json), "a stored job is not sound: no such word: never");
  json = ToJson(SmallJob());
  json["cells"][0]["on_error"] = "explode";
  EXPECT_EQ(FaultOfJob(json), "a stored job is not sound: no such word: explode");
  json = ToJson(SmallJob());
  json["concurrency"] = {{"key", "j"}, {"limit", 1}, {"policy", "wait"}};
  EXPECT_EQ(FaultOfJob(json), "a stored job is not sound: no such word: wait");
  json = ToJson(SmallJob());
  json["cells"][0]["line"] = "x";
  EXPECT_EQ(
      FaultOfJob(json),
      "a stored job is not sound: [json.exception.type_error.302] type must be number, but is "
      "string");
}

}  // namespace
}  // namespace cellar
