#include "runner/backoff.h"

#include <algorithm>

namespace cellar {

std::chrono::milliseconds BackoffDelay(int failures, std::chrono::milliseconds base,
                                       std::chrono::milliseconds most, double random) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const double full = std::min<double>(static_cast<double>(base.count()) * (1 << doublings),
                                       static_cast<double>(most.count()));
  return std::chrono::milliseconds(static_cast<long long>(full * (0.5 + 0.5 * random)));
}

}  // namespace cellar
