// Kernels that are ours, from before their creation until they are known to be gone.
#pragma once

#include <map>
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

/// What the other workers on the store have on one gateway.
struct OthersKernels {
  int of_runs = 0;  // running attempts, also of a dead worker: the next one goes on with them
  int warm = 0;     // no run's, and that none of them may be about to take; of workers that live
  bool has_warm_of_younger = false;  // some of these are a worker's that came after this one
};

/// By the gateway's name.
std::map<std::string, OthersKernels> FindOthersKernels(const Store& store);

}  // namespace cellar
