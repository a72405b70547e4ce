// TOML job files: section 2 of the contract.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.h"
#include "jobs/problem.h"
#include "jobs/read_job.h"

namespace cellar {

/// Problems are appended; the job is whole only when there are none.
Job ReadTomlJob(const std::string& path, std::string_view text, const FileReader& read_file,
                std::vector<Problem>* problems);

}  // namespace cellar
