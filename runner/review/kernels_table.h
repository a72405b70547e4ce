// Kernels that are ours, as a table that fits the window.
#pragma once

#include <string>
#include <vector>

#include "runner/review/run_text.h"
#include "store/kernels.h"

namespace cellar {

/// What it is there for, in a word or two: "run 12", "warm", "starting", "ending"; of a worker that
/// is gone: "run 12, interrupted" (the next worker goes on with it), "left behind" (nobody will).
std::string UseOf(const OwnedKernel& owned);

/// Nobody will use it any more: its worker is gone, and no attempt goes on with it.
bool IsUnused(const OwnedKernel& owned);

/// And nobody has asked for its end. Whether that has come is seen by whoever looks next.
bool IsLeftBehind(const OwnedKernel& owned);

/// A heading and a line a kernel; without a limit on columns nothing is shortened.
std::string KernelsTable(const std::vector<OwnedKernel>& kernels, const TextLook& look);

}  // namespace cellar
