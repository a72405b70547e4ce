// Since when something is slower than it was, beyond noise. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace cellar {

/// The middle one, or the mean of the two in the middle. Of at least one value.
double MedianOf(std::vector<double> values);

struct Slowdown {
  std::size_t since = 0;  // the first of the slower ones
  double before = 0;      // the median of the part before it
  double after = 0;       // the median of the last part
};

/// Durations in milliseconds, in the order of the runs. The rule:
/// - A change is where cutting the series in two leaves the least absolute deviation from the
///   medians of both parts, on a logarithmic scale. Each part has at least 5 values; a slower part
///   begins with the first value that is nearer to its own median.
/// - It counts when the medians differ by a fifth and by 5 ms, and by more than 6 standard errors,
///   which are taken from the median absolute deviation: a few outliers move none of these.
/// - Both parts are cut again in the same way. The latest change to the slower is named, and is
///   forgotten when the last part is not slower by a fifth than the part before that change.
std::optional<Slowdown> FindSlowdown(const std::vector<double>& durations);

}  // namespace cellar
