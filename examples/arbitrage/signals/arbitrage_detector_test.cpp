#include "arbitrage/signals/arbitrage_detector.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "arbitrage/signals/detector_bench_test.hpp"
#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using testing::at_price;
using testing::Bench;
using testing::describe;
using testing::kCoin;
using testing::kFuture;
using testing::kMs;
using testing::kSpot;
using testing::quick_options;
using testing::take;
using testing::units;

TEST(ArbitrageDetector, EntersShortBeyondTheBandAndExitsAtTheMean) {
  // Given a basis of +-2 bp, so a mean of 0 and a deviation of 2 bp
  Bench bench;
  const std::int64_t now_ms = bench.settle(0, 100);
  // When it rises beyond 2 deviations and 5 bp of cost, comes back inside, then to the mean
  bench.detector.handle(bench.quote(kSpot, now_ms, 8));       // Beyond the band, not the cost.
  bench.detector.handle(bench.quote(kSpot, now_ms + 1, 10));  // Beyond both.
  bench.detector.handle(bench.quote(kSpot, now_ms + 2, 12));  // Already in.
  bench.detector.handle(bench.quote(kSpot, now_ms + 3, 1));   // Inside the band, above the mean.
  bench.detector.handle(bench.quote(kSpot, now_ms + 4, -1));  // Back.
  bench.finish();
  // Then there is one entry and one exit
  const auto signals = take(bench.signals);
  ASSERT_EQ(signals.size(), 2U) << ::testing::PrintToString(describe(signals));
  const Signal& entry = signals[0];
  EXPECT_EQ(entry.kind, SignalKind::enter_short);
  EXPECT_EQ(entry.at.time_ns, (now_ms + 1) * kMs);
  EXPECT_EQ(entry.at.source, kSpot);
  EXPECT_EQ(entry.read_ns, now_ms + 1);
  EXPECT_EQ(entry.pair, 0U);
  EXPECT_EQ(entry.first, kSpot);
  EXPECT_EQ(entry.second, kFuture);
  EXPECT_EQ(entry.basis, 10 * 10'000);
  EXPECT_NEAR(entry.band_low, -4 * 10'000, 200);
  EXPECT_NEAR(entry.band_high, 4 * 10'000, 200);
  EXPECT_EQ(entry.first_bid, at_price(units(10'010) - units(1) / 10));
  EXPECT_EQ(entry.first_ask, at_price(units(10'010) + units(1) / 10));
  EXPECT_EQ(entry.second_bid, at_price(units(10'000) - units(1) / 10));
  EXPECT_EQ(entry.second_ask, at_price(units(10'000) + units(1) / 10));
  EXPECT_EQ(signals[1].kind, SignalKind::exit);
  EXPECT_EQ(signals[1].at.time_ns, (now_ms + 4) * kMs);
  EXPECT_EQ(bench.board->signals.value(), 2U);
}

TEST(ArbitrageDetector, EntersLongBelowTheBand) {
  Bench bench;
  const std::int64_t now_ms = bench.settle(0, 100);
  bench.detector.handle(
      bench.quote(kFuture, now_ms, 6));  // Spot is at -2: -8 bp is not beyond the cost.
  bench.detector.handle(bench.quote(kFuture, now_ms + 1, 13));
  bench.detector.handle(
      bench.quote(kFuture, now_ms + 2, -3));  // Both sides of the basis may move it back.
  bench.finish();
  const auto signals = take(bench.signals);
  ASSERT_EQ(signals.size(), 2U) << ::testing::PrintToString(describe(signals));
  EXPECT_EQ(signals[0].kind, SignalKind::enter_long);
  EXPECT_EQ(signals[0].at.source, kFuture);
  EXPECT_LT(signals[0].basis, -9 * 10'000);
  EXPECT_EQ(signals[1].kind, SignalKind::exit);
}

TEST(ArbitrageDetector, SaysNothingBeforeTheWarmUp) {
  Bench bench;
  const std::int64_t now_ms = bench.settle(0, 9);
  bench.detector.handle(bench.quote(kSpot, now_ms, 50));
  bench.finish();
  EXPECT_TRUE(take(bench.signals).empty());
}

TEST(ArbitrageDetector, PausesAfterEverySignal) {
  DetectorOptions options = quick_options();
  options.pause = 20ms;
  Bench bench{options};
  const std::int64_t now_ms = bench.settle(0, 100);
  bench.detector.handle(bench.quote(kSpot, now_ms, 15));
  bench.detector.handle(bench.quote(kSpot, now_ms + 19, -1));  // Too soon.
  bench.detector.handle(bench.quote(kSpot, now_ms + 20, -1));
  bench.detector.handle(bench.quote(kSpot, now_ms + 39, 15));  // Too soon.
  bench.detector.handle(bench.quote(kSpot, now_ms + 40, 15));
  bench.finish();
  const auto signals = take(bench.signals);
  ASSERT_EQ(signals.size(), 3U) << ::testing::PrintToString(describe(signals));
  EXPECT_EQ(signals[1].at.time_ns, (now_ms + 20) * kMs);
  EXPECT_EQ(signals[2].at.time_ns, (now_ms + 40) * kMs);
}

TEST(ArbitrageDetector, AQuoteThatIsNoPriceSilencesThePair) {
  for (const char* const what : {"no bid", "no ask", "crossed", "locked"}) {
    Bench bench;
    const std::int64_t now_ms = bench.settle(0, 100);
    Quote broken = bench.quote(kFuture, now_ms, 0);
    if (what == std::string{"no bid"}) broken.bid = Level{};
    if (what == std::string{"no ask"}) broken.ask = Level{};
    if (what == std::string{"crossed"}) std::swap(broken.bid, broken.ask);
    if (what == std::string{"locked"}) broken.bid = broken.ask;
    bench.detector.handle(broken);
    bench.detector.handle(bench.quote(kSpot, now_ms + 1, 20));
    bench.detector.advance({EventTime::end_of((now_ms + 1) * kMs), kFuture});
    EXPECT_TRUE(take(bench.signals).empty()) << what;
    EXPECT_EQ(bench.board->stale.value(), 3U) << what;  // The very first quote had no partner.
    bench.detector.handle(bench.quote(kFuture, now_ms + 2, 0));
    bench.finish();
    EXPECT_EQ(take(bench.signals).size(), 1U) << what;
  }
}

TEST(ArbitrageDetector, AnOldQuoteSilencesThePair) {
  Bench bench;
  const std::int64_t now_ms = bench.settle(0, 100);
  // The future's last quote is of now - 9 ms.
  bench.detector.handle(bench.quote(kSpot, now_ms - 9 + 2'000, 0));
  bench.detector.handle(bench.quote(kSpot, now_ms - 9 + 2'001, 20));
  bench.finish();
  EXPECT_TRUE(take(bench.signals).empty());
  EXPECT_EQ(bench.board->stale.value(), 2U);
}

TEST(ArbitrageDetector, PairsAreNumberedInTopologyOrder) {
  Bench bench{quick_options({kSpot, kFuture, kCoin})};
  for (std::int64_t now_ms = 0; now_ms < 500; now_ms += 10) {
    for (const std::uint32_t instrument : {kSpot, kFuture, kCoin}) {
      bench.detector.handle(bench.quote(instrument, now_ms, now_ms / 10 % 2));
    }
  }
  bench.detector.handle(bench.quote(kCoin, 500, 40));
  bench.finish();
  const auto signals = take(bench.signals);
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].pair, 1U);
  EXPECT_EQ(signals[0].first, kSpot);
  EXPECT_EQ(signals[0].second, kCoin);
  EXPECT_EQ(signals[1].pair, 2U);
  EXPECT_EQ(signals[1].first, kFuture);
  EXPECT_EQ(signals[1].second, kCoin);
}

TEST(ArbitrageDetector, CountsLateAndForeignQuotes) {
  Bench bench;
  bench.detector.handle(bench.quote(kSpot, 10, 0));
  bench.detector.handle(bench.quote(kSpot, 9, 0));
  bench.detector.advance({EventTime::end_of(20 * kMs), kFuture});
  bench.detector.handle(bench.quote(kFuture, 20, 0));
  bench.detector.handle(bench.quote(kFuture, 21, 0));
  bench.detector.handle(bench.quote(kCoin, 22, 0));
  bench.detector.advance({EventTime::end(), kCoin});
  EXPECT_EQ(bench.board->quotes.value(), 2U);
  EXPECT_EQ(bench.board->late.value(), 2U);
  EXPECT_EQ(bench.board->foreign.value(), 1U);
}

TEST(ArbitrageDetector, PricesAtTheEndOfTheNumbersDoNotOverflow) {
  constexpr Decimal kMax = std::numeric_limits<Decimal>::max();
  Bench bench;
  for (std::int64_t now_ms = 0; now_ms < 1'000; now_ms += 10) {
    Quote dear = bench.quote(kSpot, now_ms, 0);
    dear.bid = Level{kMax - 1, kMax};
    dear.ask = Level{kMax, kMax};
    Quote cheap = bench.quote(kFuture, now_ms, 0);
    cheap.bid = Level{1, 1};
    cheap.ask = Level{2, 1};
    bench.detector.handle(now_ms % 20 == 0 ? dear : cheap);
    bench.detector.handle(now_ms % 20 == 0 ? cheap : dear);
  }
  bench.finish();
  for (const Signal& signal : take(bench.signals)) EXPECT_EQ(signal.basis, BasisBand::kBasisMax);
}

TEST(ArbitrageDetectorDeathTest, NeedsTwoDifferentInstruments) {
  EXPECT_DEATH(Bench{quick_options({kSpot})}, "two instruments");
  EXPECT_DEATH((Bench{quick_options({kSpot, kSpot})}), "given once");
}

}  // namespace
}  // namespace arbitrage
