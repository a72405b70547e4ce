#include "jobs/job_json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "jobs/constraint.h"
#include "jobs/error.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

Json ToJson(const std::optional<milliseconds>& duration) {
  return duration ? Json(duration->count()) : Json(nullptr);
}

std::optional<milliseconds> DurationFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return milliseconds(json.get<std::int64_t>());
}

// A value is never null, so null can say that there is none.
Json ToJson(const std::optional<Value>& value) { return value ? *value : Json(nullptr); }

std::optional<Value> ValueFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json;
}

[[noreturn]] void Refuse(const std::string& why) {
  throw Error(ErrorKind::kStore, "a stored job is not sound: " + why);
}

// The word's place in `words`; throws for a word that is none of them.
std::size_t IndexOf(const std::vector<std::string>& words, const std::string& word) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return i;
  }
  Refuse("no such word: " + word);
}

template <typename T>
T Known(const std::optional<T>& parsed, const Json& word) {
  if (!parsed) Refuse("no such word: " + word.get<std::string>());
  return *parsed;
}

Json ToJson(const Constraint& constraint) {
  Json type = nullptr;
  if (constraint.type) type = ParameterTypeWords().at(static_cast<std::size_t>(*constraint.type));
  return {{"required", constraint.required},
          {"type", std::move(type)},
          {"choices", constraint.choices},
          {"min", ToJson(constraint.min)},
          {"max", ToJson(constraint.max)},
          {"pattern", constraint.pattern ? Json(*constraint.pattern) : Json(nullptr)}};
}

Constraint ConstraintFrom(const Json& json) {
  Constraint constraint;
  constraint.required = json.at("required").get<bool>();
  if (const Json& type = json.at("type"); !type.is_null()) {
    constraint.type =
        static_cast<ParameterType>(IndexOf(ParameterTypeWords(), type.get<std::string>()));
  }
  for (const Json& choice : json.at("choices")) constraint.choices.push_back(choice);
  constraint.min = ValueFrom(json.at("min"));
  constraint.max = ValueFrom(json.at("max"));
  if (const Json& pattern = json.at("pattern"); !pattern.is_null()) {
    constraint.pattern = pattern.get<std::string>();
  }
  return constraint;
}

Json ToJson(const Parameter& parameter) {
  return {{"name", parameter.name},
          {"value", ToJson(parameter.value)},
          {"constraint", ToJson(parameter.constraint)}};
}

Parameter ParameterFrom(const Json& json) {
  return {json.at("name").get<std::string>(), ValueFrom(json.at("value")),
          ConstraintFrom(json.at("constraint"))};
}

Json ToJson(const Cell& cell) {
  return {{"name", cell.name},
          {"source", cell.source},
          {"kind", ToWord(cell.kind)},
          {"file", cell.file},
          {"line", cell.line},
          {"timeout_ms", ToJson(cell.timeout)},
          {"on_error", cell.on_error == OnError::kStop ? "stop" : "continue"},
          {"expects_error", cell.expects_error},
          {"expected_error", cell.expected_error},
          {"may_raise", cell.may_raise},
          {"skip", cell.skip}};
}

Cell CellFrom(const Json& json) {
  Cell cell;
  cell.name = json.at("name").get<std::string>();
  cell.source = json.at("source").get<std::string>();
  cell.kind = Known(ParseCellKind(json.at("kind").get<std::string>()), json.at("kind"));
  cell.file = json.at("file").get<std::string>();
  cell.line = json.at("line").get<int>();
  cell.timeout = DurationFrom(json.at("timeout_ms"));
  cell.on_error =
      static_cast<OnError>(IndexOf({"stop", "continue"}, json.at("on_error").get<std::string>()));
  cell.expects_error = json.at("expects_error").get<bool>();
  cell.expected_error = json.at("expected_error").get<std::string>();
  cell.may_raise = json.at("may_raise").get<bool>();
  cell.skip = json.at("skip").get<bool>();
  return cell;
}

Json ToJson(const Retry& retry) {
  Json on = Json::array();
  for (const RunReason reason : retry.on) on.push_back(ToWord(reason));
  return {{"attempts", retry.attempts},
          {"delay_ms", retry.delay.count()},
          {"backoff", retry.backoff},
          {"on", std::move(on)}};
}

Retry RetryFrom(const Json& json) {
  Retry retry;
  retry.attempts = json.at("attempts").get<int>();
  retry.delay = milliseconds(json.at("delay_ms").get<std::int64_t>());
  retry.backoff = json.at("backoff").get<double>();
  for (const Json& word : json.at("on")) {
    retry.on.push_back(Known(ParseRunReason(word.get<std::string>()), word));
  }
  return retry;
}

Json ToJson(const std::optional<Concurrency>& concurrency) {
  if (!concurrency) return nullptr;
  return {{"key", concurrency->key},
          {"limit", concurrency->limit},
          {"policy", ToWord(concurrency->policy)}};
}

std::optional<Concurrency> ConcurrencyFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  Concurrency concurrency;
  concurrency.key = json.at("key").get<std::string>();
  concurrency.limit = json.at("limit").get<int>();
  const Json& policy = json.at("policy");
  concurrency.policy = Known(ParseOverlap(policy.get<std::string>()), policy);
  return concurrency;
}

Json ToJson(const std::optional<Schedule>& schedule) {
  if (!schedule) return nullptr;
  return {{"cron", schedule->cron},
          {"timezone", schedule->timezone},
          {"jitter_ms", schedule->jitter.count()},
          {"catch_up", ToWord(schedule->catch_up)}};
}

std::optional<Schedule> ScheduleFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  Schedule schedule;
  schedule.cron = json.at("cron").get<std::string>();
  schedule.timezone = json.at("timezone").get<std::string>();
  schedule.jitter = milliseconds(json.at("jitter_ms").get<std::int64_t>());
  const Json& catch_up = json.at("catch_up");
  schedule.catch_up = Known(ParseCatchUp(catch_up.get<std::string>()), catch_up);
  return schedule;
}

template <typename T>
Json ListToJson(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(ToJson(item));
  return list;
}

Job JobFrom(const Json& json) {
  Job job;
  job.name = json.at("name").get<std::string>();
  job.description = json.at("description").get<std::string>();
  job.kernel = json.at("kernel").get<std::string>();
  job.language = json.at("language").get<std::string>();
  job.gateway = json.at("gateway").get<std::string>();
  job.requires_labels = json.at("requires").get<std::vector<std::string>>();
  job.tags = json.at("tags").get<std::vector<std::string>>();
  job.working_dir = json.at("working_dir").get<std::string>();
  job.timeout = DurationFrom(json.at("timeout_ms"));
  job.cell_timeout = DurationFrom(json.at("cell_timeout_ms"));
  job.stall_timeout = DurationFrom(json.at("stall_timeout_ms"));
  for (const Json& parameter : json.at("parameters")) {
    job.parameters.push_back(ParameterFrom(parameter));
  }
  job.parameters_before = json.at("parameters_before").get<std::size_t>();
  job.retry = RetryFrom(json.at("retry"));
  // Jobs stored before these keys were known have neither.
  job.concurrency = ConcurrencyFrom(json.value("concurrency", Json()));
  job.schedule = ScheduleFrom(json.value("schedule", Json()));
  for (const Json& cell : json.at("cells")) job.cells.push_back(CellFrom(cell));
  return job;
}

}  // namespace

nlohmann::ordered_json ToJson(const Job& job) {
  return {{"name", job.name},
          {"description", job.description},
          {"kernel", job.kernel},
          {"language", job.language},
          {"gateway", job.gateway},
          {"requires", job.requires_labels},
          {"tags", job.tags},
          {"working_dir", job.working_dir},
          {"timeout_ms", ToJson(job.timeout)},
          {"cell_timeout_ms", ToJson(job.cell_timeout)},
          {"stall_timeout_ms", ToJson(job.stall_timeout)},
          {"parameters", ListToJson(job.parameters)},
          {"parameters_before", job.parameters_before},
          {"retry", ToJson(job.retry)},
          {"concurrency", ToJson(job.concurrency)},
          {"schedule", ToJson(job.schedule)},
          {"cells", ListToJson(job.cells)}};
}

Job JobFromJson(const nlohmann::ordered_json& json) {
  try {
    return JobFrom(json);
  } catch (const nlohmann::json::exception& error) {
    Refuse(error.what());
  }
}

}  // namespace cellar
