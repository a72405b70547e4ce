// Waiting for runs to end on another machine, told by the events of its API.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "store/records.h"

namespace cellar {

/// As AwaitRuns (run_waiting.h). A server that is away for less than a minute is waited for.
int AwaitRemoteRuns(Invocation& invocation, RemoteServer& server, const std::vector<RunId>& runs,
                    std::optional<std::chrono::milliseconds> timeout, const char* command);

}  // namespace cellar
