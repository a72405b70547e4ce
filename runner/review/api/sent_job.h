// What a request says about a job: the job itself, values of its parameters, and a sweep of them.
// No file of this machine is read for it.
#pragma once

#include "jobs/sweep.h"
#include "runner/job_loading.h"
#include "runner/review/api/json_body.h"

namespace cellar {

// Each throws Error (kUsage) for what is not of the form that openapi.json describes.

/// `job`; what it names is looked for in `job.files` alone.
JobLoading LoadSentJob(const BodyMembers& body);

/// `parameters`.
GivenValues SentValues(const BodyMembers& body);

/// `sweep`, its axes in the order of its members; without an axis: there is none.
Sweep SentSweep(const BodyMembers& body);

}  // namespace cellar
