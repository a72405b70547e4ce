// Several values for some of a job's parameters: one run for each combination of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/job.h"

namespace cellar {

/// No mistyped sweep fills a queue: more combinations than these are a problem.
inline constexpr std::size_t kMaxSweepRuns = 100'000;

struct SweepAxis {
  std::string name;
  std::vector<Value> values;  // at least one
};

/// `name=value,value`, as on the command line: each value is read as -p reads one. A comma within
/// quotes or brackets separates nothing. Problems are appended; then the axis is not whole.
SweepAxis ParseSweepAxis(std::string_view text, std::vector<std::string>* problems);

class Sweep {
 public:
  /// No axis twice: see ProblemsOfSweep.
  explicit Sweep(std::vector<SweepAxis> axes) : axes_(std::move(axes)) {}

  const std::vector<SweepAxis>& axes() const { return axes_; }

  /// How many combinations there are: one without an axis, at most kMaxSweepRuns + 1.
  std::size_t size() const;

  /// The values of combination `index`; the last axis varies fastest.
  std::vector<std::pair<std::string, Value>> At(std::size_t index) const;

 private:
  std::vector<SweepAxis> axes_;
};

/// What forbids to run `job` with each combination laid over the `given` values: each problem once,
/// one line.
std::vector<std::string> ProblemsOfSweep(const Sweep& sweep,
                                         const std::vector<std::pair<std::string, Value>>& given,
                                         const Job& job);

}  // namespace cellar
