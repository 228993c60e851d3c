#include "mycelium/telemetry/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

constexpr double kShares[] = {0.0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0};

// The definition, by sorting: the least value that at least `share` of the values do not exceed.
std::uint64_t exact_quantile(const std::vector<std::uint64_t>& sorted, double share) {
  const auto needed =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted.at(needed == 0 ? 0 : needed - 1);
}

// Values of all magnitudes: a random number of random bits.
std::uint64_t draw_value(Random& random, unsigned bits_max) {
  return random.next() >> (63 - random.below(bits_max));
}

TEST(Histogram, QuantilesAgreeWithASortedModelWithinSixPercent) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random{seed};
    Histogram histogram;
    std::vector<std::uint64_t> model;
    const std::uint64_t count = 1 + random.below(3000);
    for (std::uint64_t record = 0; record < count; ++record) {
      model.push_back(draw_value(random, 1 + static_cast<unsigned>(seed * 3)));
      histogram.record(model.back());
    }
    std::sort(model.begin(), model.end());
    EXPECT_EQ(histogram.count(), count);
    EXPECT_EQ(histogram.max(), model.back());
    for (const double share : kShares) {
      const std::uint64_t exact = exact_quantile(model, share);
      const std::uint64_t told = histogram.quantile(share);
      EXPECT_GE(told, exact) << "seed " << seed << ", share " << share;
      EXPECT_LE(told - exact, exact / 16) << "seed " << seed << ", share " << share;
    }
  }
}

TEST(Histogram, SmallValuesAreExact) {
  for (std::uint64_t value = 0; value < 32; ++value) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(1'000'000);
    EXPECT_EQ(histogram.quantile(0.1), value);
  }
}

TEST(Histogram, HalfOfTwoRecordsIsTheLowerOne) {
  Histogram histogram;
  histogram.record(1);
  histogram.record(1000);
  EXPECT_EQ(histogram.quantile(0.5), 1U);
  EXPECT_EQ(histogram.quantile(0.51), 1000U);
}

TEST(Histogram, TakesTheWholeRangeOfValues) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0U);  // Nothing recorded.
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  histogram.record(0);
  histogram.record(kMost);
  EXPECT_EQ(histogram.quantile(0.0), 0U);
  EXPECT_EQ(histogram.quantile(1.0), kMost);
  EXPECT_EQ(histogram.max(), kMost);
}

TEST(Histogram, TheSumOfTwoIsWhatOneWouldHaveRecorded) {
  Random random{21};
  Histogram left;
  Histogram right;
  Histogram both;
  for (int record = 0; record < 5000; ++record) {
    const std::uint64_t value = draw_value(random, 40);
    (record % 3 == 0 ? left : right).record(value);
    both.record(value);
  }
  left.add(right);
  EXPECT_EQ(left.count(), both.count());
  EXPECT_EQ(left.max(), both.max());
  for (const double share : kShares) EXPECT_EQ(left.quantile(share), both.quantile(share));
}

}  // namespace
}  // namespace mycelium
