#include "tests/runner/api_fixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "store/attempt_writer.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> pieces;
  std::istringstream in(text);
  for (std::string piece; std::getline(in, piece, separator);) pieces.push_back(piece);
  return pieces;
}

ApiRequest RequestFor(const std::string& method, const std::string& target,
                      const std::string& body) {
  const auto mark = target.find('?');
  ApiRequest request{method,
                     SplitAt(target.substr(1, mark == std::string::npos ? mark : mark - 1), '/'),
                     {},
                     body};
  if (mark == std::string::npos) return request;
  for (const std::string& pair : SplitAt(target.substr(mark + 1), '&')) {
    const auto equals = pair.find('=');
    request.query.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return request;
}

bool IsTemplate(const std::string& word) { return !word.empty() && word.front() == '{'; }

/// nullptr: the description has no such operation.
const Json* OperationFor(const ApiRequest& request) {
  std::string method = request.method;
  std::transform(method.begin(), method.end(), method.begin(), ::tolower);
  for (const auto& [path, operations] : ApiDescription().at("paths").items()) {
    const std::vector<std::string> words = SplitAt(path.substr(1), '/');
    const auto is_same = [](const std::string& word, const std::string& given) {
      return IsTemplate(word) || word == given;
    };
    if (words.size() == request.path.size() &&
        std::equal(words.begin(), words.end(), request.path.begin(), is_same) &&
        operations.contains(method)) {
      return &operations.at(method);
    }
  }
  return nullptr;
}

void CheckAgainstDescription(const ApiRequest& request, const ApiAnswer& answer) {
  Json schema{{"$ref", "#/components/schemas/Error"}};
  if (answer.status < 400) {
    const Json* operation = OperationFor(request);
    ASSERT_NE(operation, nullptr) << fmt::format("{} is not described", request.path.front());
    const std::string status = std::to_string(answer.status);
    ASSERT_TRUE(operation->at("responses").contains(status)) << status;
    const Json& content = operation->at("responses").at(status).at("content");
    ASSERT_TRUE(content.contains(answer.content_type)) << answer.content_type;
    if (answer.content_type != "application/json") return;
    schema = content.at(answer.content_type).at("schema");
  }
  EXPECT_EQ(FaultBySchema(Json::parse(answer.body), schema), "") << answer.body.substr(0, 2000);
}

bool HasType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return value.is_null();
}

std::string FaultOfMembers(const Json& value, const Json& schema, const std::string& where) {
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name)) return fmt::format("{}: no {}", where, name.get<std::string>());
  }
  const Json properties = schema.value("properties", Json::object());
  const bool is_closed = schema.value("additionalProperties", Json(true)) == Json(false);
  for (const auto& [name, member] : value.items()) {
    const std::string place = where + "." + name;
    if (!properties.contains(name)) {
      if (is_closed) return place + ": is not described";
      continue;
    }
    const std::string fault = FaultBySchema(member, properties.at(name), place);
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace

const Json& ApiDescription() {
  static const Json kDescription = [] {
    std::ifstream in(kSourceDir + "/runner/review/api/openapi.json");
    return Json::parse(in);
  }();
  return kDescription;
}

std::string FaultBySchema(const Json& value, const Json& schema, const std::string& where) {
  if (schema.contains("$ref")) {
    const std::string path = schema.at("$ref").get<std::string>().substr(1);
    return FaultBySchema(value, ApiDescription().at(Json::json_pointer(path)), where);
  }
  if (schema.contains("anyOf")) {
    std::string faults;
    for (const Json& one : schema.at("anyOf")) {
      const std::string fault = FaultBySchema(value, one, where);
      if (fault.empty()) return "";
      faults += fault + "; ";
    }
    return faults;
  }
  if (schema.contains("const") && value != schema.at("const")) return where + ": another constant";
  if (schema.contains("enum")) {
    const Json& words = schema.at("enum");
    if (std::find(words.begin(), words.end(), value) == words.end()) {
      return fmt::format("{}: {} is none of the words", where, value.dump());
    }
  }
  if (schema.contains("type")) {
    const Json& type = schema.at("type");
    const auto fits = [&](const Json& one) { return HasType(value, one.get<std::string>()); };
    const bool is_right =
        type.is_array() ? std::any_of(type.begin(), type.end(), fits) : fits(type);
    if (!is_right) return fmt::format("{}: {} is no {}", where, value.dump(), type.dump());
  }
  if (value.is_object()) return FaultOfMembers(value, schema, where);
  if (!value.is_array() || !schema.contains("items")) return "";
  for (const Json& item : value) {
    const std::string fault = FaultBySchema(item, schema.at("items"), where + "[]");
    if (!fault.empty()) return fault;
  }
  return "";
}

ApiTest::ApiTest() : store_(Store::Open(dir_ / "cellar.db", StoreMode::kReadWrite)) {
  setenv("TZ", "UTC", 1);
  tzset();
  context_.config = &config_;
  context_.store = &store_;
  context_.actions = true;
  context_.part_url = [](const PartAddress& part) {
    return fmt::format("/part/{}-{}-{}-{}/{}", part.run.value, part.attempt, part.cell, part.number,
                       part.mime);
  };
}

ApiAnswer ApiTest::Ask(const std::string& method, const std::string& target,
                       const std::string& body) {
  const ApiRequest request = RequestFor(method, target, body);
  ApiAnswer answer = AnswerApi(context_, request);
  // As far as it goes now: one that goes on ends here.
  while (answer.stream && !answer.stream->ended()) {
    const std::string piece = answer.stream->Next();
    if (piece.empty()) break;
    answer.body += piece;
  }
  CheckAgainstDescription(request, answer);
  return answer;
}

Json ApiTest::Get(const std::string& target) {
  const ApiAnswer answer = Ask("GET", target);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return Json::parse(answer.body);
}

Json ApiTest::Post(const std::string& target, const std::string& body) {
  const ApiAnswer answer = Ask("POST", target, body);
  EXPECT_LT(answer.status, 300) << answer.body;
  return Json::parse(answer.body);
}

std::string ApiTest::Refusal(const std::string& method, const std::string& target,
                             const std::string& body) {
  const ApiAnswer answer = Ask(method, target, body);
  const Json error = Json::parse(answer.body).value("error", Json::object());
  EXPECT_EQ(error.value("status", 0), answer.status);
  return fmt::format("{} {}", answer.status, error.value("message", ""));
}

RunId ApiTest::MakeEnded(const EndedRun& ended) {
  store_.RegisterWorker();
  NewRun run;
  run.job.name = ended.job;
  run.job.tags = ended.tags;
  if (!ended.source.empty()) run.job.parameters.push_back({"source", Value(ended.source), {}});
  for (std::size_t i = 0; i < ended.cell_millis.size(); ++i) {
    Cell cell;
    cell.name = i == 0 ? "load" : "";
    cell.source = fmt::format("step({})", i);
    run.job.cells.push_back(cell);
  }
  run.job_file = ended.job + ".toml";
  run.job_sha256 = std::string(64, 'a');
  const RunId id = store_.AddRun(run, StoreTime(ended.submitted));
  AttemptWriter writer(store_, store_.ClaimRun(id, StoreTime(ended.submitted + 5)).value().attempt,
                       0);
  writer.SetPlace({"lab", "python3"});
  const bool has_failed = ended.state == RunState::kFailed;
  const int last = static_cast<int>(ended.cell_millis.size()) - 1;
  for (int i = 0; i <= last; ++i) {
    const bool fails = has_failed && i == last;
    writer.BeginCell(i, fmt::format("m{}", i), "s", StoreTime(ended.submitted + 10));
    writer.EndCell(i,
                   {fails ? CellState::kFailed : CellState::kSucceeded,
                    fails ? std::optional(CellReason::kError) : std::nullopt, "", i + 1,
                    Millis(ended.cell_millis[static_cast<std::size_t>(i)])},
                   StoreTime(ended.submitted + 20));
  }
  const auto reason = has_failed                            ? std::optional(RunReason::kCellError)
                      : ended.state == RunState::kCancelled ? std::optional(RunReason::kByUser)
                                                            : std::nullopt;
  const auto millis = ended.millis ? std::optional(Millis(*ended.millis)) : std::nullopt;
  writer.End({ended.state, reason, ended.message, millis},
             StoreTime(ended.submitted + 30 - static_cast<int>(id.value)));
  return id;
}

RunId ApiTest::MakeRunning(const std::string& job) {
  store_.RegisterWorker(WorkerKind::kWork);
  const RunId id = MakeQueuedRun(store_, job);
  store_.ClaimRun(id, StoreTime(3)).value();
  return id;
}

}  // namespace cellar
