// How a run ends whose end somebody asked for.
#pragma once

#include "runner/outcome.h"

namespace cellar {

inline Outcome CancelledAs(RunReason reason) {
  return {RunState::kCancelled, reason,
          reason == RunReason::kOverlap ? "replaced by a newer run of its concurrency key"
                                        : "cancelled by cellar cancel"};
}

}  // namespace cellar
