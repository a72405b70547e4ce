// Which kernelspec a job runs on, of those that a gateway has. Pure.
#pragma once

#include <optional>
#include <string>

#include "runner/gateway/gateway.h"

namespace cellar {

/// In lower case: "python", "r".
std::string LanguageOf(const Kernelspec& spec);

/// `kernel` as the job names it, else one of the job's language; empty or python: the default.
/// nullopt: the gateway has none.
std::optional<std::string> KernelspecFor(const Kernelspecs& specs, const std::string& kernel,
                                         const std::string& language);

}  // namespace cellar
