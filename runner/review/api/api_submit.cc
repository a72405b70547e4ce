// POST /runs: a job in the request's body. No file of this machine is read for it.
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/job_loading.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/json_body.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/history.h"
#include "store/submission.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void RefuseSubmission(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
}

// --- The job

/// The file's name alone: what a client calls its folders is nothing here.
std::string FileNameOf(const std::string& path) {
  const auto slash = path.find_last_of("/\\");
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (!name.empty() && name != "." && name != "..") return name;
  RefuseSubmission(
      fmt::format("job.path: \"{}\" ends in no file's name: \"job.toml\", \"a.ipynb\"", path));
}

std::string NormalPath(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

/// What a job names is looked for in `files` alone.
FileReader ReaderOf(const Json* files) {
  std::map<std::string, std::string> texts;
  const Json none = Json::object();
  const Json& sent = files == nullptr ? none : *files;
  if (!sent.is_object()) RefuseSubmission("job.files must be an object of texts");
  for (const auto& [path, text] : sent.items()) {
    if (!text.is_string()) RefuseSubmission(fmt::format("job.files: {} must be a text", path));
    texts[NormalPath(path)] = text.get<std::string>();
  }
  return [texts =
              std::move(texts)](const std::string& path) -> std::variant<std::string, FileFailure> {
    const auto found = texts.find(NormalPath(path));
    if (found == texts.end()) return FileFailure{"is not among the files that were sent"};
    return found->second;
  };
}

GivenValues ValuesIn(const Json* parameters) {
  GivenValues values;
  if (parameters == nullptr) return values;
  if (!parameters->is_object()) RefuseSubmission("parameters must be an object: values by name");
  for (const auto& [name, value] : parameters->items()) values.emplace_back(name, value);
  return values;
}

JobLoading LoadSent(const BodyMembers& body) {
  const Json* given = body.Find("job");
  if (given == nullptr)
    RefuseSubmission("job is missing: {\"path\": \"job.toml\", \"text\": \"…\"}");
  const BodyMembers job(*given, "submit: ", "job.", {"path", "text", "files"});
  if (job.Find("path") == nullptr || job.Find("text") == nullptr) {
    RefuseSubmission("job.path and job.text: both are needed");
  }
  const std::string name = FileNameOf(job.Text("path"));
  return WithValues(LoadJobText(name, job.Text("text"), ReaderOf(job.Find("files"))),
                    ValuesIn(body.Find("parameters")));
}

ApiAnswer Unsound(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) {
    list.push_back({{"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"what", problem.what},
                    {"suggestion", problem.suggestion}});
  }
  const std::string more =
      problems.size() > 1 ? fmt::format(" (and {} more)", problems.size() - 1) : "";
  return JsonAnswer({{"schema_version", 1},
                     {"error",
                      {{"status", 422},
                       {"message", ToString(problems.front()) + more},
                       {"problems", std::move(list)}}}},
                    422);
}

// --- The rest

std::optional<TimePoint> DueIn(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const TimePoint now = Now();
  const auto due = ParseDueTime(text, now);
  if (!due)
    RefuseSubmission(fmt::format("due_at: \"{}\" is no time: give 2026-11-23T03:30:00Z", text));
  constexpr std::chrono::minutes kMoment(1);  // whoever computed "now" means now
  if (*due + kMoment < now) RefuseSubmission(fmt::format("due_at: {} has passed", FormatUtc(*due)));
  return *due > now ? due : std::nullopt;
}

std::vector<RunId> RunsIn(const Store& store, const BodyMembers& body) {
  std::vector<RunId> runs;
  const std::vector<std::string> names = body.Runs("after");
  for (const ChosenRun& chosen : ChooseRuns(store, names)) runs.push_back(chosen.run.id);
  return runs;
}

std::optional<std::chrono::milliseconds> TimeoutIn(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto timeout = ParseDuration(text);
  if (!timeout)
    RefuseSubmission(fmt::format("timeout: \"{}\" is no duration: \"90s\", \"1h30m\"", text));
  return timeout;
}

void ChooseGatewayAndKernel(const Config& config, const BodyMembers& body, Job* job) {
  const std::string gateway = body.Text("gateway");
  if (!gateway.empty() && gateway != kEmbeddedName && !config.gateways.contains(gateway)) {
    std::vector<std::string> names{kEmbeddedName};
    for (const auto& [name, one] : config.gateways) names.push_back(name);
    RefuseSubmission(fmt::format("gateway: \"{}\" is not configured: {}", gateway,
                                 SuggestWord(gateway, names, "gateways")));
  }
  if (!gateway.empty()) job->gateway = gateway;
  if (job->gateway.find("://") != std::string::npos) {  // it would be sent CELLAR_TOKEN
    RefuseSubmission("gateway: a job that is sent names a configured one, no URL");
  }
  if (const std::string kernel = body.Text("kernel"); !kernel.empty()) job->kernel = kernel;
}

int PriorityIn(const BodyMembers& body) {
  const std::int64_t priority = body.Integer("priority").value_or(0);
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (priority < -kMost || priority > kMost) RefuseSubmission("priority is too large");
  return static_cast<int>(priority);
}

}  // namespace

ApiAnswer AnswerSubmit(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const Json json = ParseBody("submit: ", request.body);
  const BodyMembers body(
      json, "submit: ", "",
      {"job", "parameters", "priority", "due_at", "key", "after", "gateway", "kernel", "timeout"});
  JobLoading loading = LoadSent(body);
  if (!loading.loaded) return Unsound(loading.problems);
  ChooseGatewayAndKernel(*context.config, body, &loading.loaded->job);
  if (const auto timeout = TimeoutIn(body.Text("timeout"))) loading.loaded->job.timeout = timeout;
  NewRun run = SubmissionOf(*loading.loaded);
  run.priority = PriorityIn(body);
  run.due = DueIn(body.Text("due_at"));
  run.key = body.Text("key");
  run.after = RunsIn(*context.store, body);
  const Submission made = AddRuns(*context.store, {std::move(run)}, Now()).front();
  return JsonAnswer({{"schema_version", 1},
                     {"run", RunToJson(FindRun(*context.store, made.run).value())},
                     {"is_new", made.is_new}},
                    made.is_new ? 201 : 200);
}

}  // namespace cellar
