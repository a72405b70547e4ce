// A run in one line, as commands that work and wait say it.
#pragma once

#include <cstddef>
#include <string>

#include "store/records.h"

namespace cellar {

/// "run 7: clean-weather: failed (cell_error) 812 ms: cell 2 (clean): KeyError: 'temp'". With the
/// message's own control characters: PlainLine takes them out.
std::string EndLine(const RunRecord& run);

/// Why a run that has not ended does not go on: nobody is there for it.
std::string StandstillNote(const RunRecord& run);

/// "run 4 (running) has", "run 4 (running) and 17 more have": of `more` beside the first.
std::string UnfinishedWords(const RunRecord& first, std::size_t more);

}  // namespace cellar
