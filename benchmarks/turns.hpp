#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "benchmarks/timer.hpp"

namespace mycelium::bench {

/// How many turns a measurement has, where nothing asks for others.
inline constexpr std::size_t kTurns = 21;

/// Latencies of one thing out of many short turns, in which it was measured by turns with what it
/// is compared with: what the machine takes comes in bursts, and in one long measurement would lie
/// on one of the two alone.
class Turns {
 public:
  void add(const Percentiles& turn) { turns_.push_back(turn); }
  [[nodiscard]] std::size_t count() const noexcept { return turns_.size(); }

  // Both of each percentile. Require: count() > 0.

  [[nodiscard]] Percentiles medians() const { return middle((turns_.size() - 1) / 2); }
  /// The mean of the middle half of the turns, for what differs by less than a tick of the clock,
  /// which is 10 ns on some machines.
  [[nodiscard]] Percentiles middle_means() const { return middle(turns_.size() / 4); }

 private:
  // The mean of those that are left without so many at either end.
  [[nodiscard]] Percentiles middle(std::size_t left_out) const {
    const auto of = [&](double Percentiles::* number) {
      std::vector<double> values;
      for (const Percentiles& turn : turns_) values.push_back(turn.*number);
      std::sort(values.begin(), values.end());
      const auto ends = static_cast<std::ptrdiff_t>(left_out);
      return std::accumulate(values.begin() + ends, values.end() - ends, 0.0) /
             static_cast<double>(values.size() - 2 * left_out);
    };
    return {.p50 = of(&Percentiles::p50),
            .p99 = of(&Percentiles::p99),
            .p99_9 = of(&Percentiles::p99_9)};
  }

  std::vector<Percentiles> turns_;
};

}  // namespace mycelium::bench
