#include "runner/cli/remote_submission.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/problem.h"
#include "runner/cli/remote_runs.h"
#include "runner/cli/remote_waiting.h"
#include "runner/cli/time_arguments.h"
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

void CheckOptions(const SubmitOptions& options) {
  if (!options.sweeps.empty()) {
    RefuseRemotely("--sweep is not possible over --server: submit one run for each value with -p");
  }
  if (!options.key.empty() && options.job.files.size() > 1) {
    RefuseRemotely("--key names one run: give one FILE");
  }
}

/// What all the runs of one submission share.
Json CommonBody(const Invocation& invocation, const SubmitOptions& options,
                const GivenValues& given) {
  Json body{{"job", nullptr}};
  Json parameters = Json::object();
  for (const auto& [name, value] : given) parameters[name] = value;
  if (!parameters.empty()) body["parameters"] = std::move(parameters);
  if (options.priority != 0) body["priority"] = options.priority;
  const auto due = ReadDue("submit: --at", options.at);
  if (due) body["due_at"] = FormatUtc(*due);
  if (!options.key.empty()) body["key"] = options.key;
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

/// The `Run` with its `is_new`; null: the server found problems, which have been said.
Json SubmitOne(Invocation& invocation, RemoteServer& server, const LoadedJob& loaded, Json body) {
  body["job"] = JobToJson(loaded);
  if (DumpJson(body).size() > kMostBytes) {
    RefuseRemotely(
        fmt::format("{}: with the files that it names it has more than 16 MiB, which the "
                    "server does not take: have it read its data itself",
                    loaded.path));
  }
  const HttpAnswer answer = server.PostAny("/runs", body);
  if (answer.status == 422 && SayProblems(invocation, loaded, answer)) return nullptr;
  server.Check({"POST", "/api/v1/runs", ""}, answer);
  Json submitted = Json::parse(answer.body);
  Json run = std::move(submitted.at("run"));
  run["is_new"] = submitted.at("is_new");
  return run;
}

int AwaitSubmitted(Invocation& invocation, RemoteServer& server, std::vector<Json>* runs) {
  std::vector<RunId> ids;
  for (const Json& run : *runs) ids.push_back(RunId{run.at("id")});
  const int code = AwaitRemoteRuns(invocation, server, ids, std::nullopt, "submit");
  if (!invocation.json) return code;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Json run = FetchRun(server, ids[i]);
    run["is_new"] = (*runs)[i].at("is_new");
    (*runs)[i] = std::move(run);
  }
  return code;
}

}  // namespace

int SubmitRemotely(Invocation& invocation, RemoteServer& server, const SubmitOptions& options) {
  CheckOptions(options);
  const GivenValues given = ReadGivenValues(options.job);
  const std::vector<LoadedJob> jobs = LoadJobs(invocation, options.job, given);
  if (jobs.empty()) return ExitCodeOf(ErrorKind::kUsage);
  const Json common = CommonBody(invocation, options, given);
  std::vector<Json> runs;
  int code = 0;
  for (const LoadedJob& loaded : jobs) {
    Json run = SubmitOne(invocation, server, loaded, common);
    if (run.is_null()) return ExitCodeOf(ErrorKind::kUsage);
    runs.push_back(std::move(run));
    // Each at once: what was printed is not lost when the next one is refused.
    code = WorseExitCode(
        code,
        ReportSubmissions(invocation, SubmittedRunsOf({runs.back()}, options.key), std::nullopt));
  }
  if (options.wait) code = AwaitSubmitted(invocation, server, &runs);
  if (invocation.json) WriteRemoteSubmissions(invocation, runs);
  return code;
}

}  // namespace cellar
