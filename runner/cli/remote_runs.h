// Runs as another machine's server tells them, for the commands that act on them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "runner/cli/submission_report.h"
#include "store/records.h"

namespace cellar {

/// Of a `Run` of the API what our lines about a run are made of.
RunRecord RunFromJson(const nlohmann::ordered_json& run);

/// Runs with their `is_new`; `key` is what they were submitted with.
std::vector<SubmittedRun> SubmittedRunsOf(const std::vector<nlohmann::ordered_json>& runs,
                                          const std::string& key);

/// As WriteRunsJson and WriteSubmissionsJson (review/run_json.h) do.
void WriteRemoteRuns(Invocation& invocation, const std::vector<nlohmann::ordered_json>& runs);
void WriteRemoteSubmissions(Invocation& invocation, const std::vector<nlohmann::ordered_json>& runs,
                            std::optional<GroupId> group);

/// As ChooseRuns (runner/run_choice.h) does it on a store.
std::vector<RunId> ChooseRemoteRuns(RemoteServer& server, const std::vector<std::string>& names);

/// The runs of "group:7" as they stand, by number.
std::vector<nlohmann::ordered_json> FetchGroup(RemoteServer& server, const std::string& name);

/// The `Run` as it stands.
nlohmann::ordered_json FetchRun(RemoteServer& server, RunId run);

}  // namespace cellar
