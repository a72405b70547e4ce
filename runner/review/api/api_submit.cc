// POST /runs: a job in the request's body, once or with each combination of a sweep.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/job_submission.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/json_body.h"
#include "runner/review/api/sent_job.h"
#include "runner/review/api/spooled_answer.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/history.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void RefuseSubmission(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
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

void CheckSweep(const JobSubmission& submission) {
  if (!submission.sweeps()) return;
  if (!submission.key.empty()) RefuseSubmission("key names one run: give no sweep with it");
  for (const auto& [name, value] : submission.given) {
    const auto has_name = [&, &name = name](const SweepAxis& axis) { return axis.name == name; };
    if (std::ranges::any_of(submission.sweep.axes(), has_name)) {
      RefuseSubmission(fmt::format("parameters.{0} and sweep.{0}: give one of them", name));
    }
  }
}

ApiAnswer SubmittedOne(const Store& store, const Submission& made) {
  return JsonAnswer({{"schema_version", 1},
                     {"run", RunToJson(FindRun(store, made.run).value())},
                     {"is_new", made.is_new}},
                    made.is_new ? 201 : 200);
}

ApiAnswer SubmittedSweep(const Store& store, const std::vector<Submission>& made) {
  ApiAnswer answer = SpooledAnswer(
      "application/json", [&](const TextSink& sink) { WriteSubmissionsJson(store, made, sink); });
  answer.status = 201;
  return answer;
}

}  // namespace

ApiAnswer AnswerSubmit(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const Json json = ParseBody("submit: ", request.body);
  const BodyMembers body(json, "submit: ", "",
                         {"job", "parameters", "sweep", "priority", "due_at", "key", "after",
                          "gateway", "kernel", "timeout"});
  JobSubmission submission;
  submission.given = SentValues(body);
  submission.sweep = SentSweep(body);
  submission.key = body.Text("key");
  CheckSweep(submission);
  JobLoading loading = LoadSentJob(body);
  if (!submission.sweeps()) loading = WithValues(std::move(loading), submission.given);
  if (!loading.loaded) return Unsound(loading.problems);
  ChooseGatewayAndKernel(*context.config, body, &loading.loaded->job);
  if (const auto timeout = TimeoutIn(body.Text("timeout"))) loading.loaded->job.timeout = timeout;
  submission.jobs.push_back(std::move(*loading.loaded));
  const std::vector<Problem> problems = ProblemsOfSweep(submission);
  if (!problems.empty()) return Unsound(problems);
  submission.priority = PriorityIn(body);
  submission.due = DueIn(body.Text("due_at"));
  submission.after = RunsIn(*context.store, body);
  const std::vector<Submission> made = SubmitJobs(*context.store, submission, Now());
  return submission.sweeps() ? SubmittedSweep(*context.store, made)
                             : SubmittedOne(*context.store, made.front());
}

}  // namespace cellar
