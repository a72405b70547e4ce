// Kernels that are ours, from before their creation until they are known to be gone.
#pragma once

#include <optional>
#include <vector>

#include "store/store.h"

namespace cellar {

/// Those that are not known to be gone, oldest first; of one attempt, or (nullopt) all.
std::vector<KernelRecord> FindKernels(const Store& store, std::optional<AttemptId> attempt);

}  // namespace cellar
