// `submit` to another machine: the job files' texts, with those of the files that they name.
#pragma once

#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "runner/cli/submit_options.h"

namespace cellar {

/// Every job is read and held to its values here first: where one is unsound nothing is sent. Each
/// is then submitted for itself, in order; a refusal ends that. A sweep is of one job, as a group.
int SubmitRemotely(Invocation& invocation, RemoteServer& server, const SubmitOptions& options);

}  // namespace cellar
