// Waiting for runs to end, woken by the store's bell.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runner/cli/commands.h"
#include "store/store.h"

namespace cellar {

/// Until all of `runs` have ended; each end is told on stderr. Returns the exit code of the worst;
/// 124 when `timeout` passes before, 130 or 143 on a signal: both end the waiting alone, and leave
/// the runs as they are. `command`: for messages.
int AwaitRuns(Invocation& invocation, const Store& store, const std::vector<RunId>& runs,
              std::optional<std::chrono::milliseconds> timeout, const char* command);

/// Says that a signal (0: the end of `timeout`) ended the waiting before the runs have ended, and
/// returns the exit code. `unfinished`: "run 4 (running) has".
int EndWaitingEarly(Invocation& invocation, const char* command, const std::string& unfinished,
                    int signal, std::optional<std::chrono::milliseconds> timeout);

}  // namespace cellar
