// From how a run ended, or why Cellar could not do its work, to the program's exit code.
#pragma once

#include <optional>

#include "jobs/error.h"
#include "jobs/state.h"

namespace cellar {

/// Of a run that is over. One whose end could not be written still stands as running: that is the
/// store's fault.
int ExitCodeOf(RunState state, std::optional<RunReason> reason);

int ExitCodeOf(ErrorKind kind);

/// Of several runs: the one whose cause must be mended first. A signal before the store, the
/// command line, the gateway, a timeout, a job's own code, an overlap, success.
int WorseExitCode(int one, int other);

}  // namespace cellar
