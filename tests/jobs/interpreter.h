// Other languages' interpreters, as a second opinion.
#pragma once

#include <string>

namespace cellar {

/// What `interpreter` (with arguments, if any) writes on stdout and stderr when it runs `code`, in
/// the locale that cron gives.
std::string OutputOf(const std::string& interpreter, const std::string& code);

}  // namespace cellar
