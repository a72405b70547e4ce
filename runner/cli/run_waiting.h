// Waiting for runs to end, woken by the store's bell.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "runner/cli/commands.h"
#include "store/store.h"

namespace cellar {

/// Until all of `runs` have ended; each end is told on stderr. Returns the exit code of the worst;
/// 124 when `timeout` passes before, 130 or 143 on a signal: both end the waiting alone, and leave
/// the runs as they are. `command`: for messages.
int AwaitRuns(Invocation& invocation, const Store& store, const std::vector<RunId>& runs,
              std::optional<std::chrono::milliseconds> timeout, const char* command);

}  // namespace cellar
