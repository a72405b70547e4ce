// Kernels that are ours, from before their creation until they are known to be gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

/// Those that are not known to be gone, oldest first; of one attempt, or (nullopt) all.
std::vector<KernelRecord> FindKernels(const Store& store, std::optional<AttemptId> attempt);

struct OwnedKernel {
  KernelRecord kernel;
  WorkerId worker;
  std::string worker_name;     // "process 12 on host"
  bool is_foreground = false;  // the worker is, or was, a `cellar run`
};

/// All that are not known to be gone, oldest first, with their workers.
std::vector<OwnedKernel> FindOwnedKernels(const Store& store);

}  // namespace cellar
