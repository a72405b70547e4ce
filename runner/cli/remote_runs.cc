#include "runner/cli/remote_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "jobs/error.h"
#include "runner/review/json_dump.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kGroup = "group:";

void WriteList(Invocation& invocation, const std::string& head, const std::vector<Json>& runs) {
  invocation.out.Write(head);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    invocation.out.Write(i == 0 ? "\n  " : ",\n  ");
    invocation.out.Write(DumpJson(runs[i]));
  }
  invocation.out.Write("]}\n");
}

}  // namespace

RunRecord RunFromJson(const Json& run) {
  RunRecord record;
  record.id = RunId{run.at("id")};
  record.job = run.at("job");
  const auto state = ParseRunState(run.at("state").get<std::string>());
  if (!state) throw Error(ErrorKind::kUsage, "the server knows states that this Cellar does not");
  record.state = *state;
  if (!run.at("reason").is_null()) {
    record.reason = ParseRunReason(run.at("reason").get<std::string>());
  }
  record.message = run.at("message");
  record.attempt = run.at("attempt");
  if (!run.at("duration_ms").is_null()) {
    record.duration = Millis(run.at("duration_ms").get<double>());
  }
  return record;
}

std::vector<SubmittedRun> SubmittedRunsOf(const std::vector<Json>& runs, const std::string& key) {
  std::vector<SubmittedRun> submitted;
  for (const Json& run : runs) {
    RunRecord record = RunFromJson(run);
    record.key = key;
    const Submission submission{record.id, run.at("is_new"), record.state, record.reason};
    submitted.push_back({std::move(record), submission});
  }
  return submitted;
}

void WriteRemoteRuns(Invocation& invocation, const std::vector<Json>& runs) {
  WriteList(invocation, "{\"schema_version\": 1, \"runs\": [", runs);
}

void WriteRemoteSubmissions(Invocation& invocation, const std::vector<Json>& runs,
                            std::optional<GroupId> group) {
  WriteList(invocation,
            fmt::format("{{\"schema_version\": 1, \"group\": {}, \"runs\": [",
                        group ? std::to_string(group->value) : "null"),
            runs);
}

std::vector<RunId> ChooseRemoteRuns(RemoteServer& server, const std::vector<std::string>& names) {
  std::vector<RunId> chosen;
  std::set<RunId> taken;
  for (const std::string& name : names) {
    std::vector<RunId> runs;
    if (name.starts_with(kGroup)) {
      for (const Json& run : FetchGroup(server, name)) runs.push_back(RunId{run.at("id")});
    } else {
      runs.push_back(RunId{server.Get(ApiPath({"runs", name, "state"})).at("run").at("id")});
    }
    for (const RunId run : runs) {
      if (taken.insert(run).second) chosen.push_back(run);
    }
  }
  return chosen;
}

std::vector<Json> FetchGroup(RemoteServer& server, const std::string& name) {
  Json list =
      server.Get(ApiPath({"runs", "list"}, {{"form", "json"}, {"limit", "0"}, {"group", name}}));
  std::vector<Json> runs;
  for (Json& run : list.at("runs")) runs.push_back(std::move(run));
  std::ranges::reverse(runs);
  return runs;
}

Json FetchRun(RemoteServer& server, RunId run) {
  return server.Get(ApiPath({"runs", std::to_string(run.value), "state"})).at("run");
}

}  // namespace cellar
