// A run in one line, as commands that work and wait say it.
#pragma once

#include <string>

#include "store/records.h"

namespace cellar {

/// "run 7: clean-weather: failed (cell_error) 812 ms: cell 2 (clean): KeyError: 'temp'". With the
/// message's own control characters: PlainLine takes them out.
std::string EndLine(const RunRecord& run);

}  // namespace cellar
