// The gateway of a job that another process will run.
#pragma once

#include "runner/cli/commands.h"
#include "runner/job_loading.h"

namespace cellar {

/// A gateway given for this call goes before what the job asks for: the worker has a command line
/// of its own. Says so on `invocation.err` where it is not configured here.
void ChooseGateway(Invocation& invocation, LoadedJob* loaded);

}  // namespace cellar
