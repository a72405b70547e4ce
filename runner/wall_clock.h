// The time of day, as the store keeps it.
#pragma once

#include <chrono>

#include "store/records.h"

namespace cellar {

inline TimePoint WallClock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace cellar
