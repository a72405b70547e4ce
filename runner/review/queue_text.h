// The queue for people and programs: who stands where, and why.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/review/run_text.h"
#include "store/queue.h"

namespace cellar {

/// "waits for run 3 to succeed". Times are local.
std::string WaitText(const QueuePlace& place);

/// `{"position", "reason", "until", "run", "key", "text"}`.
nlohmann::ordered_json QueuePlaceToJson(const QueuePlace& place);

/// A heading and a line a run; without a limit on columns nothing is shortened.
std::string QueueTable(const std::vector<QueuedRun>& runs, const TextLook& look);

/// As WriteRunsJson (review/run_json.h), each run with its place as `queue`.
void WriteQueueJson(const std::vector<QueuedRun>& runs, const TextSink& sink);

}  // namespace cellar
