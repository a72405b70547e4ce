#include "runner/backoff.h"

#include <algorithm>
#include <random>

namespace cellar {

std::chrono::milliseconds BackoffDelay(int failures, std::chrono::milliseconds base,
                                       std::chrono::milliseconds most, double random) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const double full = std::min<double>(static_cast<double>(base.count()) * (1 << doublings),
                                       static_cast<double>(most.count()));
  return std::chrono::milliseconds(static_cast<long long>(full * (0.5 + 0.5 * random)));
}

double RandomShare() {
  static std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace cellar
