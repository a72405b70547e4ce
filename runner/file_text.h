// The text of a file from disk, within a limit, or why there is none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "jobs/read_job.h"

namespace cellar {

/// Refuses folders and everything larger than `limit` bytes: "No such file or directory", "is a
/// directory", "is larger than 64.0 MiB". Pipes and devices are read up to the limit.
std::variant<std::string, FileFailure> ReadFileText(const std::filesystem::path& path,
                                                    std::uint64_t limit);

/// Likewise from an open descriptor, which stays open: standard input.
std::variant<std::string, FileFailure> ReadDescriptorText(int descriptor, std::uint64_t limit);

}  // namespace cellar
