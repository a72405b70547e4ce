// A store with runs in it as a runner would have left them, without a gateway: for what reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

/// 2026-11-23T02:00:00Z and `millis` later: when the runs below are submitted.
TimePoint StoreTime(int millis = 0);

/// Queued, never claimed.
RunId MakeQueuedRun(Store& store, const std::string& job);

/// One cell that printed `text`, tagged "nightly". Of its output `output_limit` bytes are kept; 0:
/// all.
RunId MakeSucceededRun(Store& store, const std::string& job, const std::string& text,
                       int submitted_millis = 0, std::uint64_t output_limit = 0);

/// "clean-weather": parameters, `load` with a table and an image, `clean` that printed a progress
/// bar and raised a KeyError in its fourth line, `plot` that was not run.
RunId MakeFailedRun(Store& store, const std::string& last_output = "100%\n");

/// One cell with these outputs, one after the other: each an nbformat output as JSON text, a stream
/// too.
RunId MakeRunWithOutputs(Store& store, const std::string& job,
                         const std::vector<std::string>& outputs);

}  // namespace cellar
