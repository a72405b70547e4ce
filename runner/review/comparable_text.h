// The outputs of a cell as one text that can be held against that of another run.
#pragma once

#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

/// As text is shown in a terminal, without colours, one output after the other. Pictures and
/// whatever else is no text are a line with their type, size and the beginning of their SHA-256.
std::string ComparableText(const std::vector<OutputRecord>& outputs);

}  // namespace cellar
