#include "arbitrage/venue/simulated_price.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace arbitrage::simulated {
namespace {

constexpr std::int64_t kStart = 1'000'000'000;
constexpr std::int64_t kStep = 10'000'000;
constexpr std::size_t kFiveMinutes = 30'000;  // Steps.

std::vector<double> path(std::uint64_t seed, std::string_view name,
                         std::size_t steps = kFiveMinutes) {
  FairPrice price{seed, find_instrument(name).value(), kStart};
  std::vector<double> result;
  result.reserve(steps);
  for (std::size_t step = 0; step < steps; ++step) {
    const std::int64_t now = kStart + static_cast<std::int64_t>(step) * kStep;
    result.push_back(static_cast<double>(price.at(now)));
  }
  return result;
}

std::vector<double> basis_bp(const std::vector<double>& of, const std::vector<double>& over) {
  std::vector<double> result;
  result.reserve(of.size());
  for (std::size_t step = 0; step < of.size(); ++step) {
    result.push_back((of[step] / over[step] - 1) * 10'000);
  }
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(FairPrice, DoesNotDependOnHowOftenItIsAsked) {
  const Instrument instrument = find_instrument("usdm_btcusdt").value();
  FairPrice often{3, instrument, kStart};
  FairPrice once{3, instrument, kStart};
  for (std::int64_t ns = 0; ns <= 5'000'000'000; ns += 777'777) often.at(kStart + ns);
  EXPECT_EQ(often.at(kStart + 5'000'000'000), once.at(kStart + 5'000'000'000));
}

TEST(FairPrice, StepsEveryTenMilliseconds) {
  FairPrice price{1, find_instrument("spot_btcusdt").value(), kStart};
  const std::int64_t first = price.at(kStart);
  EXPECT_EQ(price.at(kStart + kStep - 1), first);
  EXPECT_NE(price.at(kStart + kStep), first);
}

TEST(FairPrice, SharesTheAssetsPathBetweenMarkets) {
  // A basis of a few bp around a walk that goes much further: the paths move together.
  const auto spot = path(1, "spot_btcusdt");
  const auto usdm = path(1, "usdm_btcusdt");
  const double walked = deviation(basis_bp(spot, std::vector<double>(spot.size(), spot.front())));
  EXPECT_GT(walked, 2 * deviation(basis_bp(usdm, spot)));
  // Another seed or another asset walks elsewhere.
  EXPECT_NE(path(2, "spot_btcusdt"), spot);
  EXPECT_NE(mean(basis_bp(path(1, "spot_ethusdt"), spot)), 0);
}

TEST(FairPrice, HasABasisOfTheRecordedSize) {
  // Recorded: USD-M over spot -3.8 bp, sd 0.8; COIN-M over spot -1.9 bp, sd 0.95. Over an hour, so
  // that the slow part averages out.
  constexpr std::size_t kHour = 360'000;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto spot = path(seed, "spot_btcusdt", kHour);
    const auto usdm = basis_bp(path(seed, "usdm_btcusdt", kHour), spot);
    const auto cm = basis_bp(path(seed, "cm_btcusd_perp", kHour), spot);
    EXPECT_NEAR(mean(usdm), -3.8, 0.2) << "seed " << seed;
    EXPECT_NEAR(deviation(usdm), 0.8, 0.12) << "seed " << seed;
    EXPECT_NEAR(mean(cm), -1.9, 0.2) << "seed " << seed;
    EXPECT_NEAR(deviation(cm), 0.95, 0.12) << "seed " << seed;
  }
}

TEST(FairPrice, HasExcursionsThatRevertWithinTwoSeconds) {
  const auto basis = basis_bp(path(1, "usdm_btcusdt"), path(1, "spot_btcusdt"));
  std::size_t started = 0;
  std::size_t reverted = 0;
  for (std::size_t step = 1; step + 200 < basis.size(); ++step) {
    const double jump = basis[step] - basis[step - 1];
    if (std::abs(jump) < 1.9) continue;
    ++started;
    // Half of it is gone at some time soon, unless another one came on top.
    for (std::size_t later = step; later < step + 200; ++later) {
      if (std::abs(basis[later] - basis[step - 1]) < std::abs(jump) / 2) {
        ++reverted;
        break;
      }
    }
  }
  EXPECT_GE(started, 40U);
  EXPECT_LE(started, 110U);
  EXPECT_GE(reverted * 10, started * 9);
}

TEST(FairPrice, StaysNearWhereItBeganForADay) {
  FairPrice price{5, find_instrument("spot_btcusdt").value(), 0};
  const double first = static_cast<double>(price.at(0));
  for (std::int64_t second = 0; second < 86'400; ++second) {
    const double now = static_cast<double>(price.at(second * 1'000'000'000));
    ASSERT_NEAR(now / first, 1, 0.03) << "second " << second;
  }
}

}  // namespace
}  // namespace arbitrage::simulated
