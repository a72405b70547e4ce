// What the overlap policy of a job does at its submission, within that transaction.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"
#include "store/database.h"
#include "store/records.h"

namespace cellar {

/// Of a run whose job sets none. It has its job's name as its key, so that those which do have a
/// limit see it run; while it is queued it is in nobody's way.
inline constexpr int kNoConcurrencyLimit = std::numeric_limits<int>::max();

class Overlaps {
 public:
  /// Asked of the runs up to number `last`: those of one submission do not overlap each other.
  Overlaps(Database& database, RunId last, TimePoint now);

  /// Makes room for a run, or says why it is skipped. Once a key: for the others of that key the
  /// answer is the same.
  std::optional<std::string> Admit(const Concurrency& concurrency);

 private:
  std::vector<RunId> Queued(const std::string& key);
  std::vector<RunId> Running(const std::string& key);
  std::optional<std::string> Decide(const Concurrency& concurrency);

  Database& database_;
  RunId last_;
  TimePoint now_;
  std::map<std::string, std::optional<std::string>> decided_;
};

}  // namespace cellar
