#include "arbitrage/signals/basis_band.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMs = 1'000'000;
constexpr BandOptions kOneSecond{
    .window = 1s, .sample_every = 100ms, .warm_up = 200ms, .hold_max = 5s};

TEST(SquareRoot, IsTheLargestIntegerWhoseSquareIsNotAbove) {
  EXPECT_EQ(square_root(0), 0U);
  EXPECT_EQ(square_root(1), 1U);
  EXPECT_EQ(square_root(3), 1U);
  EXPECT_EQ(square_root(~UnsignedWide{0}), std::numeric_limits<std::uint64_t>::max());
  mycelium::Random random{1};
  for (int round = 0; round < 10'000; ++round) {
    const std::uint64_t root = random.next() >> random.below(64);
    const UnsignedWide square = UnsignedWide{root} * root;
    ASSERT_EQ(square_root(square), root);
    ASSERT_EQ(square_root(square + root), root);  // Still below (root + 1)^2.
    ASSERT_EQ(square_root(square - (root > 0 ? 1 : 0)), root - (root > 0 ? 1 : 0));
  }
}

TEST(BasisBand, HasNoBandBeforeTheWarmUp) {
  BasisBand band{kOneSecond};
  band.update(0, 50);
  band.update(150 * kMs, 60);
  EXPECT_EQ(band.samples(), 1);
  EXPECT_EQ(band.band(), std::nullopt);
  band.update(200 * kMs, 90);
  EXPECT_EQ(band.samples(), 2);
  EXPECT_EQ(band.band(), (Band{.mean = 55, .deviation = 5}));
}

TEST(BasisBand, SamplesWhatWasInForceJustBeforeEachGridPoint) {
  BasisBand band{kOneSecond};
  band.update(50 * kMs, 1);
  band.update(60 * kMs, 2);    // In force at 100 ms.
  band.update(100 * kMs, 30);  // Not before it.
  band.update(110 * kMs, 4);   // In force at 200 and 300 ms.
  band.update(300 * kMs, 500);
  EXPECT_EQ(band.samples(), 3);
  EXPECT_EQ(band.band(), (Band{.mean = 10 / 3, .deviation = 0}));
}

TEST(BasisBand, WeighsTimeAndNotMessages) {
  // Given a second of which three quarters are at 100, in one update, and the rest at 200 in 1,000
  BasisBand band{kOneSecond};
  band.update(0, 100);
  for (std::int64_t update = 0; update < 1'000; ++update)
    band.update(800 * kMs + update * 100, 200);
  band.update(1'000 * kMs, 0);
  // Then the mean is that of time: 8 samples of 100, 2 of 200
  EXPECT_EQ(band.samples(), 10);
  EXPECT_EQ(band.band(), (Band{.mean = 120, .deviation = 40}));
}

/// The same rules, computed anew from the whole history every time.
class NaiveBand {
 public:
  explicit NaiveBand(const BandOptions& options) : options_{options} {}

  void update(std::int64_t time_ns, std::optional<std::int64_t> basis) {
    if (history_.empty()) first_ns_ = time_ns;
    history_.emplace_back(time_ns, basis);
  }

  [[nodiscard]] std::optional<Band> band() const {
    const std::int64_t step = options_.sample_every.count();
    const std::int64_t last = history_.back().first / step;
    const std::int64_t count_max = options_.window / options_.sample_every;
    std::int64_t count = 0;
    Wide sum = 0;
    for (std::int64_t point = last - count_max + 1; point <= last; ++point) {
      const auto sample = value_at(point * step);
      count += sample ? 1 : 0;
      sum += sample.value_or(0);
    }
    if (count < options_.warm_up / options_.sample_every) return std::nullopt;
    Wide squares = 0;  // Of count * (sample - mean), so that nothing is rounded.
    for (std::int64_t point = last - count_max + 1; point <= last; ++point) {
      if (const auto sample = value_at(point * step)) {
        const Wide difference = Wide{count} * *sample - sum;
        squares += difference * difference;
      }
    }
    // The root of squares / count is count times the deviation.
    const auto root =
        static_cast<std::int64_t>(square_root(static_cast<UnsignedWide>(squares / count)));
    return Band{static_cast<std::int64_t>(sum / count), root / count};
  }

 private:
  [[nodiscard]] std::optional<std::int64_t> value_at(std::int64_t time_ns) const {
    if (time_ns <= first_ns_) return std::nullopt;
    const auto later = std::ranges::lower_bound(history_, time_ns, {},
                                                [](const auto& entry) { return entry.first; });
    const auto& in_force = *std::prev(later);
    if (time_ns - in_force.first > options_.hold_max.count()) return std::nullopt;
    return in_force.second;
  }

  BandOptions options_;
  std::int64_t first_ns_ = 0;
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> history_;
};

TEST(BasisBand, EqualsANaiveModelOverRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    mycelium::Random random{seed};
    const BandOptions options{
        .window = 1s, .sample_every = 20ms, .warm_up = 100ms, .hold_max = 300ms};
    BasisBand band{options};
    NaiveBand naive{options};
    std::int64_t now_ns = random.between(0, 1'000'000'000'000);
    std::int64_t basis = 0;
    for (int step = 0; step < 1'500; ++step) {
      if (random.below(12) == 0) {
        band.interrupt(now_ns);
        naive.update(now_ns, std::nullopt);
      } else {
        basis += random.between(-5'000, 5'000);
        band.update(now_ns, basis);
        naive.update(now_ns, basis);
      }
      ASSERT_EQ(band.band(), naive.band()) << "seed " << seed << ", step " << step;
      now_ns +=
          random.below(100) == 0 ? random.between(0, 3'000 * kMs) : random.between(0, 30 * kMs);
    }
  }
}

TEST(BasisBand, ForgetsWhatHasLeftTheWindow) {
  BasisBand band{kOneSecond};
  band.update(0, 1'000'000);
  band.update(1'000 * kMs, 7);
  band.update(2'000 * kMs, 8);
  EXPECT_EQ(band.samples(), 10);
  EXPECT_EQ(band.band(), (Band{.mean = 7, .deviation = 0}));
}

TEST(BasisBand, ASilenceLongerThanTheWindowEmptiesIt) {
  BasisBand band{{.window = 1s, .sample_every = 100ms, .warm_up = 200ms, .hold_max = 500ms}};
  band.update(0, 5);
  band.update(1'000 * kMs, 5);
  EXPECT_EQ(band.samples(), 5);  // Held for half a second.
  band.update(3'600'000 * kMs, 5);
  EXPECT_EQ(band.samples(), 0);
  EXPECT_EQ(band.band(), std::nullopt);
}

TEST(BasisBand, NoSamplesWhileInterrupted) {
  BasisBand band{kOneSecond};
  band.update(0, 5);
  band.update(300 * kMs, 6);
  band.interrupt(310 * kMs);
  band.update(700 * kMs, 9);
  EXPECT_EQ(band.samples(), 3);
  band.update(900 * kMs, 9);
  EXPECT_EQ(band.samples(), 5);
}

TEST(BasisBand, ATimeThatGoesBackCountsAsTheLastOne) {
  BasisBand band{kOneSecond};
  band.update(300 * kMs, 5);
  band.update(200 * kMs, 6);
  band.update(600 * kMs, 7);
  EXPECT_EQ(band.samples(), 3);
  EXPECT_EQ(band.band(), (Band{.mean = 6, .deviation = 0}));
}

TEST(BasisBand, TimesBeforeTheEpochAreTimesLikeOthers) {
  mycelium::Random random{3};
  constexpr std::int64_t kShift = 3'600'000 * kMs;  // A whole number of grid steps.
  BasisBand late{kOneSecond};
  BasisBand early{kOneSecond};
  for (std::int64_t now_ns = 0; now_ns < 2 * kShift; now_ns += random.between(0, 40'000 * kMs)) {
    for (int burst = 0; burst < 30; ++burst, now_ns += random.between(0, 60 * kMs)) {
      const std::int64_t basis = random.between(-1'000, 1'000);
      late.update(now_ns, basis);
      early.update(now_ns - kShift, basis);
      ASSERT_EQ(early.band(), late.band()) << now_ns;
    }
  }
}

TEST(BasisBand, TheEndsOfTheNumbersDoNotOverflow) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  BasisBand band{{.window = 65'536ms, .sample_every = 1ms, .warm_up = 2ms, .hold_max = 24h}};
  band.update(kMin, kMax);
  band.update(kMax, kMin);
  EXPECT_EQ(band.samples(), 0);
  BasisBand wide{{.window = 65'536ms, .sample_every = 1ms, .warm_up = 2ms, .hold_max = 24h}};
  wide.update(0, kMin);
  wide.update(32'768 * kMs, kMax);
  wide.update(65'536 * kMs, 0);
  EXPECT_EQ(wide.samples(), 65'536);
  EXPECT_EQ(wide.band(), (Band{.mean = 0, .deviation = BasisBand::kBasisMax}));
}

TEST(BasisBandDeathTest, RefusesOptionsThatMakeNoBand) {
  EXPECT_DEATH(BasisBand({.window = 1s, .sample_every = 0s}), "grid of a positive width");
  EXPECT_DEATH(BasisBand({.window = 1s, .sample_every = 1s}), "2 to kSamplesMax samples");
  EXPECT_DEATH(BasisBand({.window = 24h, .sample_every = 1ms}), "2 to kSamplesMax samples");
  EXPECT_DEATH(BasisBand({.window = 1s, .sample_every = 100ms, .warm_up = 100ms}), "the warm-up");
  EXPECT_DEATH(BasisBand({.window = 1s, .sample_every = 100ms, .warm_up = 2s}), "the warm-up");
  EXPECT_DEATH(BasisBand({.window = 1s, .sample_every = 100ms, .warm_up = 1s, .hold_max = -1s}),
               "held");
}

}  // namespace
}  // namespace arbitrage
