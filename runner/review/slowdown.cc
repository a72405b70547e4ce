#include "runner/review/slowdown.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

namespace cellar {
namespace {

using Values = std::vector<double>;

constexpr std::size_t kLeastPart = 5;
constexpr double kLeastRatio = 1.2;
constexpr double kLeastMillis = 5;
constexpr double kStandardErrors = 6;
constexpr double kSigmaOfMad = 1.4826;     // of normally distributed values
constexpr double kErrorOfMedian = 1.2533;  // of their median, in those of their mean
constexpr double kShortestMillis = 0.001;  // so that there is a logarithm

/// The sum of absolute deviations from the median of a growing set.
class Deviation {
 public:
  void Add(double value) {
    if (lower_.empty() || value <= lower_.top()) {
      lower_.push(value);
      lower_sum_ += value;
    } else {
      upper_.push(value);
      upper_sum_ += value;
    }
    Balance();
  }

  double sum() const {
    const double median = lower_.top();
    return median * static_cast<double>(lower_.size()) - lower_sum_ + upper_sum_ -
           median * static_cast<double>(upper_.size());
  }

 private:
  /// The lower half has as many as the upper one, or one more.
  void Balance() {
    if (lower_.size() > upper_.size() + 1) {
      upper_.push(lower_.top());
      upper_sum_ += lower_.top();
      lower_sum_ -= lower_.top();
      lower_.pop();
    } else if (upper_.size() > lower_.size()) {
      lower_.push(upper_.top());
      lower_sum_ += upper_.top();
      upper_sum_ -= upper_.top();
      upper_.pop();
    }
  }

  std::priority_queue<double> lower_;
  std::priority_queue<double, Values, std::greater<>> upper_;
  double lower_sum_ = 0;
  double upper_sum_ = 0;
};

/// At i: the deviation of the first i + 1 values.
template <typename Iterator>
Values Deviations(Iterator begin, Iterator end) {
  Values sums;
  Deviation deviation;
  for (; begin != end; ++begin) {
    deviation.Add(*begin);
    sums.push_back(deviation.sum());
  }
  return sums;
}

/// Where the second part begins. Of at least two parts' length.
std::size_t BestCut(const Values& logs) {
  const Values first = Deviations(logs.begin(), logs.end());
  const Values second = Deviations(logs.rbegin(), logs.rend());
  std::size_t best = kLeastPart;
  double least = HUGE_VAL;
  for (std::size_t cut = kLeastPart; cut + kLeastPart <= logs.size(); ++cut) {
    const double sum = first[cut - 1] + second[logs.size() - cut - 1];
    if (sum < least - 1e-9) {
      least = sum;
      best = cut;
    }
  }
  return best;
}

bool IsBeyondNoise(const Values& first, const Values& second) {
  const double before = MedianOf(first);
  const double after = MedianOf(second);
  const double shift = std::abs(after - before);
  if (shift < std::log(kLeastRatio)) return false;
  if (std::abs(std::exp(after) - std::exp(before)) < kLeastMillis) return false;
  Values deviations;
  for (const double value : first) deviations.push_back(std::abs(value - before));
  for (const double value : second) deviations.push_back(std::abs(value - after));
  const double sigma = kSigmaOfMad * MedianOf(deviations);
  const double error =
      kErrorOfMedian * sigma *
      std::sqrt(1.0 / static_cast<double>(first.size()) + 1.0 / static_cast<double>(second.size()));
  return shift > kStandardErrors * error;
}

/// Cuts the values where they change, again and again, until nothing is beyond noise.
void CutInto(const Values& logs, std::vector<Values>* parts) {
  if (logs.size() >= 2 * kLeastPart) {
    const auto cut = static_cast<std::ptrdiff_t>(BestCut(logs));
    const Values first(logs.begin(), logs.begin() + cut);
    const Values second(logs.begin() + cut, logs.end());
    if (IsBeyondNoise(first, second)) {
      CutInto(first, parts);
      CutInto(second, parts);
      return;
    }
  }
  parts->push_back(logs);
}

}  // namespace

double MedianOf(Values values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::optional<Slowdown> FindSlowdown(const Values& durations) {
  if (durations.empty()) return std::nullopt;
  Values logs;
  for (const double millis : durations) logs.push_back(std::log(std::max(millis, kShortestMillis)));
  std::vector<Values> parts;
  CutInto(logs, &parts);
  std::optional<Slowdown> slowdown;
  std::size_t begin = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    begin += parts[i - 1].size();
    const double before = MedianOf(parts[i - 1]);
    const double after = MedianOf(parts[i]);
    if (after <= before || !IsBeyondNoise(parts[i - 1], parts[i])) continue;
    const auto first = std::find_if(parts[i].begin(), parts[i].end(),
                                    [&](double value) { return value > (before + after) / 2; });
    const auto offset = static_cast<std::size_t>(first - parts[i].begin());
    slowdown = Slowdown{begin + offset, std::exp(before), 0};
  }
  if (!slowdown) return std::nullopt;
  slowdown->after = std::exp(MedianOf(parts.back()));
  if (slowdown->after < slowdown->before * kLeastRatio) return std::nullopt;
  return slowdown;
}

}  // namespace cellar
