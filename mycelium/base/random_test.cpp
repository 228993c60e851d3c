#include "mycelium/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace mycelium {
namespace {

TEST(Random, SeedOneGivesThePublishedSequence) {
  // The values come from a separate implementation of splitmix64 and xoshiro256** in Python.
  Random random{1};
  const std::array<std::uint64_t, 5> first{random.next(), random.next(), random.next(),
                                           random.next(), random.next()};
  EXPECT_EQ(first, (std::array<std::uint64_t, 5>{0xb3f2af6d0fc710c5, 0x853b559647364cea,
                                                 0x92f89756082a4514, 0x642e1c7bc266a3a7,
                                                 0xb27a48e29a233673}));
}

TEST(Random, EqualSeedsGiveEqualSequencesAndOtherSeedsOthers) {
  Random left{7};
  Random right{7};
  Random other{8};
  std::uint32_t differing = 0;
  for (int draw = 0; draw < 100; ++draw) {
    const std::uint64_t value = left.next();
    EXPECT_EQ(value, right.next());
    differing += value != other.next() ? 1 : 0;
  }
  EXPECT_EQ(differing, 100U);
}

TEST(Random, BelowStaysBelowItsBoundAndReachesEveryValue) {
  Random random{3};
  for (const std::uint64_t bound : {1U, 2U, 3U, 10U}) {
    std::set<std::uint64_t> seen;
    for (int draw = 0; draw < 1000; ++draw) seen.insert(random.below(bound));
    EXPECT_EQ(seen.size(), bound);
    EXPECT_EQ(*seen.rbegin(), bound - 1);
  }
}

TEST(Random, BelowIsEvenWithinStatisticalNoise) {
  Random random{4};
  std::array<int, 8> counts{};
  for (int draw = 0; draw < 80'000; ++draw) ++counts.at(random.below(counts.size()));
  // Ten standard deviations of a binomial count of mean 10,000.
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 940);
}

TEST(Random, BetweenIncludesBothEnds) {
  Random random{5};
  std::set<std::int64_t> seen;
  for (int draw = 0; draw < 1000; ++draw) seen.insert(random.between(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
}

TEST(Random, BetweenTakesRangesWiderThanHalfTheNumbers) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();
  Random random{6};
  std::int64_t least = kHigh;
  std::int64_t most = kLow;
  for (int draw = 0; draw < 1000; ++draw) {
    const std::int64_t value = random.between(kLow, kHigh);
    least = std::min(least, value);
    most = std::max(most, value);
    EXPECT_LE(random.between(kLow, 0), 0);
  }
  // A thousand draws leave a quarter of the range empty with a chance below 10^-120.
  EXPECT_LT(least, kLow / 2);
  EXPECT_GT(most, kHigh / 2);
}

}  // namespace
}  // namespace mycelium
