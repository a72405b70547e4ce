// The texts of a cell's outputs in blocks, as the index of `search` has them.
#pragma once

#include <functional>
#include <string_view>

#include "store/cell_texts.h"

namespace cellar {

/// In order. Large outputs are cut (BlocksOf), small ones that follow each other share a block.
void ReadBlocks(Database& database, AttemptId attempt, int cell,
                const std::function<void(const StoredPlace&, std::string_view text)>& take);

}  // namespace cellar
