// The history as somebody leafs through it: filtered, sorted, a page at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/history.h"

namespace cellar {

enum class RunOrder { kId, kDuration, kFinished, kJob };

struct RunListing {
  RunFilter filter;                   // with `limit`: of a page, from 1
  std::vector<RunState> states = {};  // any of them; empty: any
  std::vector<RunReason> reasons = {};
  std::string text = "";  // in the job's name, the message or the parameters; ASCII in any case
  RunOrder order = RunOrder::kId;
  bool descending = true;
  std::string cursor = "";  // `next` of the page before
};

struct RunPage {
  std::vector<RunRecord> runs;
  std::optional<std::string> next;  // nullopt: there is no more
};

/// Runs without a duration (or an end) stand behind those that have one, either way. With `text`
/// one call looks through 20,000 runs at most: the page may be short of `limit`, and have a next
/// one. Throws Error (kUsage) for a cursor of another order.
RunPage ListRuns(const Store& store, const RunListing& listing);

/// How many there are in all. `text` is not asked.
std::int64_t CountListed(const Store& store, const RunListing& listing);

}  // namespace cellar
