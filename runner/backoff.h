// How long to wait before trying again: doubling, bounded, with jitter.
#pragma once

#include <chrono>

namespace cellar {

/// Pure. Before try number `failures` + 1, after `failures` (from 1) failed ones: `base` doubled
/// each time up to `most`, times 0.5 to 1 as `random` (0 to 1) says, so that many do not come at
/// once.
std::chrono::milliseconds BackoffDelay(int failures, std::chrono::milliseconds base,
                                       std::chrono::milliseconds most, double random);

/// From 0 to 1, another each time: for the jitter.
double RandomShare();

}  // namespace cellar
