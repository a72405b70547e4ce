// Submissions as rows, within a write transaction.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "store/submission.h"

namespace cellar {

/// What AddRuns says. The foreground ones are kept for the store's worker, which is registered.
/// `group`: the one that they belong to.
std::vector<Submission> InsertRuns(Store& store, const std::function<std::optional<NewRun>()>& next,
                                   TimePoint now, std::optional<GroupId> group = std::nullopt);

}  // namespace cellar
