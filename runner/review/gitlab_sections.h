// Lines of a log that GitLab folds. Pure.
// Source: GitLab Docs, "Job logs: custom collapsible sections".
#pragma once

#include <string>
#include <string_view>

#include "store/records.h"

namespace cellar {

/// Begins a section that is shown folded. `name`: letters, digits, '_', '.' and '-', the same at
/// its end; `title` is on its line.
std::string GitlabSectionStart(std::string_view name, std::string_view title, TimePoint at);
std::string GitlabSectionEnd(std::string_view name, TimePoint at);

}  // namespace cellar
