#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "benchmarks/timer.hpp"

namespace mycelium::bench {

/// How many turns a measurement has, where nothing asks for others.
inline constexpr std::size_t kTurns = 21;

/// Latencies of one thing out of many short turns, in which it was measured by turns with what it
/// is compared with: the median of each percentile. What the machine takes comes in bursts, and in
/// one long measurement would lie on one of the two alone.
class Turns {
 public:
  void add(const Percentiles& turn) { turns_.push_back(turn); }
  [[nodiscard]] std::size_t count() const noexcept { return turns_.size(); }

  /// Requires: count() > 0.
  [[nodiscard]] Percentiles medians() const {
    return {.p50 = median(&Percentiles::p50),
            .p99 = median(&Percentiles::p99),
            .p99_9 = median(&Percentiles::p99_9)};
  }

 private:
  [[nodiscard]] double median(double Percentiles::* number) const {
    std::vector<double> values;
    for (const Percentiles& turn : turns_) values.push_back(turn.*number);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  std::vector<Percentiles> turns_;
};

}  // namespace mycelium::bench
