#include "runner/cli/remote_submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/problem.h"
#include "runner/cli/remote_runs.h"
#include "runner/cli/remote_waiting.h"
#include "runner/exit_code.h"
#include "runner/review/json_dump.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;  // of a request, as the API takes it

[[noreturn]] void RefuseRemotely(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
}

/// A sweep's values are not given a second time: what is given beside them was checked.
Json ParametersBeside(const Sweep& sweep, const GivenValues& given) {
  Json parameters = Json::object();
  for (const auto& [name, value] : given) parameters[name] = value;
  for (const SweepAxis& axis : sweep.axes()) parameters.erase(axis.name);
  return parameters;
}

/// What all the runs of one submission share.
Json CommonBody(const Invocation& invocation, const SubmitOptions& options,
                const JobSubmission& submission) {
  Json body{{"job", nullptr}};
  Json parameters = ParametersBeside(submission.sweep, submission.given);
  if (!parameters.empty()) body["parameters"] = std::move(parameters);
  for (const SweepAxis& axis : submission.sweep.axes()) body["sweep"][axis.name] = axis.values;
  if (submission.priority != 0) body["priority"] = submission.priority;
  if (submission.due) body["due_at"] = FormatUtc(*submission.due);
  if (!submission.key.empty()) body["key"] = submission.key;
  if (!options.after.empty()) body["after"] = options.after;
  const std::string& gateway = invocation.config.gateway_override;
  if (!gateway.empty()) body["gateway"] = gateway;
  if (!options.job.kernel.empty()) body["kernel"] = options.job.kernel;
  if (!options.job.timeout.empty()) body["timeout"] = options.job.timeout;
  return body;
}

Json JobToJson(const LoadedJob& loaded) {
  Json files = Json::object();
  for (const auto& [path, text] : NamedTexts(loaded)) files[path] = text;
  return {{"path", std::filesystem::path(loaded.path).filename().string()},
          {"text", loaded.text},
          {"files", std::move(files)}};
}

/// The problems of a 422, as those that are found here are said; false: it says none.
bool SayProblems(Invocation& invocation, const LoadedJob& loaded, const HttpAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  const Json* error = json.is_object() && json.contains("error") ? &json["error"] : nullptr;
  if (error == nullptr || !error->is_object() || !error->contains("problems")) return false;
  for (const Json& one : error->at("problems")) {
    Problem problem{one.at("file"), one.at("line"), one.at("column"), one.at("what"),
                    one.at("suggestion")};
    const bool is_job = problem.file == std::filesystem::path(loaded.path).filename().string();
    if (is_job) problem.file = loaded.path;
    invocation.err.Write(PlainLine(ToString(problem)) + "\n");
  }
  return true;
}

/// What became of one request: a run, or those of a sweep.
struct Submitted {
  std::optional<GroupId> group;
  std::vector<Json> runs;  // each with its `is_new`
};

Submitted SubmittedIn(Json answer) {
  Submitted submitted;
  if (answer.contains("runs")) {
    submitted.group = GroupId{answer.at("group")};
    for (Json& run : answer.at("runs")) submitted.runs.push_back(std::move(run));
  } else {
    submitted.runs.push_back(std::move(answer.at("run")));
    submitted.runs.back()["is_new"] = answer.at("is_new");
  }
  return submitted;
}

/// nullopt: the server found problems, which have been said.
std::optional<Submitted> SubmitOne(Invocation& invocation, RemoteServer& server,
                                   const LoadedJob& loaded, Json body) {
  body["job"] = JobToJson(loaded);
  if (DumpJson(body).size() > kMostBytes) {
    RefuseRemotely(
        fmt::format("{}: with the files that it names it has more than 16 MiB, which the "
                    "server does not take: have it read its data itself",
                    loaded.path));
  }
  const HttpAnswer answer = server.PostAny("/runs", body);
  if (answer.status == 422 && SayProblems(invocation, loaded, answer)) return std::nullopt;
  server.Check({"POST", "/api/v1/runs", ""}, answer);
  return SubmittedIn(Json::parse(answer.body));
}

/// The runs as they stand.
void Refresh(RemoteServer& server, Submitted* submitted) {
  if (submitted->group) {
    submitted->runs = FetchGroup(server, fmt::format("group:{}", submitted->group->value));
    for (Json& run : submitted->runs) run["is_new"] = true;
    return;
  }
  for (Json& run : submitted->runs) {
    const Json is_new = run.at("is_new");
    run = FetchRun(server, RunId{run.at("id")});
    run["is_new"] = is_new;
  }
}

int AwaitSubmitted(Invocation& invocation, RemoteServer& server, Submitted* submitted) {
  std::vector<RunId> ids;
  for (const Json& run : submitted->runs) ids.push_back(RunId{run.at("id")});
  const int code = AwaitRemoteRuns(invocation, server, ids, std::nullopt, "submit");
  if (invocation.json) Refresh(server, submitted);
  return code;
}

}  // namespace

int SubmitRemotely(Invocation& invocation, RemoteServer& server, const SubmitOptions& options) {
  const std::optional<JobSubmission> submission = ReadSubmission(invocation, options);
  if (!submission) return ExitCodeOf(ErrorKind::kUsage);
  if (submission->sweeps() && submission->jobs.size() > 1) {
    RefuseRemotely("--sweep over --server makes a group of one job: give one FILE");
  }
  const Json common = CommonBody(invocation, options, *submission);
  Submitted all;
  int code = 0;
  for (const LoadedJob& loaded : submission->jobs) {
    std::optional<Submitted> one = SubmitOne(invocation, server, loaded, common);
    if (!one) return ExitCodeOf(ErrorKind::kUsage);
    // Each at once: what was printed is not lost when the next one is refused.
    const std::vector<SubmittedRun> runs = SubmittedRunsOf(one->runs, options.key);
    code = WorseExitCode(code, ReportSubmissions(invocation, runs, one->group));
    all.group = one->group;
    std::ranges::move(one->runs, std::back_inserter(all.runs));
  }
  if (options.wait) code = AwaitSubmitted(invocation, server, &all);
  if (invocation.json) WriteRemoteSubmissions(invocation, all.runs, all.group);
  return code;
}

}  // namespace cellar
