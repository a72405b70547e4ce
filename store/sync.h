// One fsync for what several writers of this process have committed without one.
#pragma once

#include "store/store.h"

namespace cellar {

/// Everything that was committed before is on disk when it returns (AttemptWriter::Write). Throws
/// Error kStore.
void SyncStore(const Store& store);

}  // namespace cellar
