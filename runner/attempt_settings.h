// How an attempt at a run is set up on the gateway that was chosen for it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "jobs/job.h"
#include "runner/attempt.h"
#include "runner/config.h"
#include "runner/gateway_set.h"

namespace cellar {

/// `job_file` is the absolute path of the job's file: the embedded gateway's kernels start in its
/// folder, others in the job's working_dir below their server's root.
AttemptSettings SettingsFor(const KernelPlace& place, const Job& job, const std::string& job_file,
                            const Config& config);

/// A job that names a language and no kernel runs on a kernel of that language. Empty: on the
/// gateway's default. Throws Error kKernelUnavailable.
boost::asio::awaitable<std::string> ChooseKernelspec(Gateway& gateway, Job job);

}  // namespace cellar
