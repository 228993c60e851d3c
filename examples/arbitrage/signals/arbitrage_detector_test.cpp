#include "arbitrage/signals/arbitrage_detector.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arbitrage/signals/signals_test.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using testing::at_price;
using testing::Captured;
using testing::describe;
using testing::units;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint32_t kSpot = 3;  // Not 0, 1, 2: indices are the topology's, not the detector's.
constexpr std::uint32_t kFuture = 5;
constexpr std::uint32_t kCoin = 8;

DetectorOptions quick_options(std::vector<std::uint32_t> instruments = {kSpot, kFuture}) {
  DetectorOptions options;
  options.index = 1;
  options.instruments = std::move(instruments);
  options.band = {.window = 1s, .sample_every = 10ms, .warm_up = 100ms, .hold_max = 2s};
  options.cost = 5 * 10'000;  // 5 bp.
  options.pause = 0ms;
  return options;
}

/// A detector with captured publishers, and quotes around a price of 10,000.
struct Bench {
  explicit Bench(DetectorOptions chosen = quick_options()) : options{std::move(chosen)} {}

  /// The middle is so many bp above 10,000.
  Quote quote(std::uint32_t instrument, std::int64_t time_ms, std::int64_t bp) {
    const Decimal middle = units(10'000) + units(bp);
    return {.at = {time_ms * kMs, instrument, ++sequence},
            .read_ns = time_ms,
            .instrument = instrument,
            .bid = at_price(middle - units(1) / 10),
            .ask = at_price(middle + units(1) / 10)};
  }
  /// Both markets alike, at +2, -2, +2 ... bp against each other for `rounds` times 10 ms; returns
  /// the time after it.
  std::int64_t settle(std::int64_t from_ms, int rounds) {
    std::int64_t now_ms = from_ms;
    for (int round = 0; round < rounds; ++round, now_ms += 10) {
      detector.handle(quote(kSpot, now_ms, round % 2 == 0 ? 2 : -2));
      detector.handle(quote(kFuture, now_ms + 1, 0));
    }
    return now_ms;
  }
  void finish() {
    for (const std::uint32_t instrument : options.instruments) {
      detector.advance({EventTime::end(), instrument});
    }
  }

  DetectorOptions options;
  Captured<Signal> signals;
  Captured<Watermark> watermarks;
  std::shared_ptr<DetectorBoard> board = std::make_shared<DetectorBoard>();
  ArbitrageDetector detector{options, signals.publisher(), watermarks.publisher(), board};
  std::uint64_t sequence = 0;
};

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
  const auto signals = bench.signals.take();
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
  const auto signals = bench.signals.take();
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
  EXPECT_TRUE(bench.signals.take().empty());
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
  const auto signals = bench.signals.take();
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
    EXPECT_TRUE(bench.signals.take().empty()) << what;
    EXPECT_EQ(bench.board->stale.value(), 3U) << what;  // The very first quote had no partner.
    bench.detector.handle(bench.quote(kFuture, now_ms + 2, 0));
    bench.finish();
    EXPECT_EQ(bench.signals.take().size(), 1U) << what;
  }
}

TEST(ArbitrageDetector, AnOldQuoteSilencesThePair) {
  Bench bench;
  const std::int64_t now_ms = bench.settle(0, 100);
  // The future's last quote is of now - 9 ms.
  bench.detector.handle(bench.quote(kSpot, now_ms - 9 + 2'000, 0));
  bench.detector.handle(bench.quote(kSpot, now_ms - 9 + 2'001, 20));
  bench.finish();
  EXPECT_TRUE(bench.signals.take().empty());
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
  const auto signals = bench.signals.take();
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
  for (const Signal& signal : bench.signals.take()) EXPECT_EQ(signal.basis, BasisBand::kBasisMax);
}

/// Two markets that walk together, with a jump of one of them now and then: quotes of each, in
/// order.
std::vector<std::deque<Quote>> random_markets(std::uint64_t seed, int quotes) {
  mycelium::Random random{seed};
  Bench bench;
  std::vector<std::deque<Quote>> markets(2);
  std::int64_t now_ms = 0;
  std::int64_t price = 0;
  for (int index = 0; index < quotes; ++index) {
    now_ms += random.between(0, 12);
    price += random.between(-2, 2);
    const bool spot = random.below(2) == 0;
    const std::int64_t jump = random.below(20) == 0 ? random.between(-25, 25) : 0;
    markets[spot ? 0 : 1].push_back(bench.quote(spot ? kSpot : kFuture, now_ms, price + jump));
  }
  return markets;
}

/// Merges the markets by time, ties to the first; the reference order.
std::vector<Quote> in_time_order(std::vector<std::deque<Quote>> markets) {
  std::vector<Quote> quotes;
  while (!markets[0].empty() || !markets[1].empty()) {
    const bool second = markets[0].empty() ||
                        (!markets[1].empty() && markets[1].front().at < markets[0].front().at);
    std::deque<Quote>& from = markets[second ? 1 : 0];
    quotes.push_back(from.front());
    from.pop_front();
  }
  return quotes;
}

TEST(ArbitrageDetector, SignalsDoNotDependOnTheOrderOfArrival) {
  const auto markets = random_markets(/*seed=*/7, 4'000);
  Bench reference;
  for (const Quote& quote : in_time_order(markets)) reference.detector.handle(quote);
  reference.finish();
  const auto expected = describe(reference.signals.take());
  ASSERT_GT(expected.size(), 50U);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    mycelium::Random random{seed};
    auto waiting = markets;
    Bench bench;
    while (!waiting[0].empty() || !waiting[1].empty()) {
      auto& from = waiting[random.below(2)];
      for (auto count = random.below(200); count > 0 && !from.empty(); --count) {
        bench.detector.handle(from.front());
        from.pop_front();
      }
    }
    bench.finish();
    EXPECT_EQ(describe(bench.signals.take()), expected) << "seed " << seed;
    EXPECT_EQ(bench.board->late.value(), 0U);
  }
}

std::vector<std::string> signals_of_plain_calls(const std::vector<Quote>& quotes) {
  Bench bench;
  for (const Quote& quote : quotes) bench.detector.handle(quote);
  bench.finish();
  return describe(bench.signals.take());
}

std::vector<std::string> signals_of_a_subscriber_loop(const std::vector<Quote>& quotes) {
  mycelium::Topic<Quote> topic{"quotes"};
  mycelium::Subscriber<Quote> subscriber{topic, {.capacity = quotes.size()}};
  const mycelium::Publisher<Quote> publisher{topic};
  for (const Quote& quote : quotes) EXPECT_EQ(publisher.publish(quote).delivered, 1U);
  subscriber.close();
  Bench bench;
  for (auto quote : subscriber) bench.detector.handle(*quote);
  bench.finish();
  return describe(bench.signals.take());
}

std::vector<std::string> signals_of_an_actor(const std::vector<Quote>& quotes) {
  mycelium::System system{testing::manual_drive()};
  auto subscriber = system.subscriber<Signal>({}, {.capacity = 100'000});
  auto detector = system.spawn("btc_detector", [](mycelium::Context& context) {
    context.subscribe<Quote>();
    return ArbitrageDetector{quick_options(), context.publisher<Signal>(),
                             context.publisher<Watermark>("detector.watermark")};
  });
  EXPECT_TRUE(system.await_started(*detector.cell()));
  const mycelium::Publisher<Quote> publisher{system.topic<Quote>()};
  for (const Quote& quote : quotes) {
    EXPECT_EQ(publisher.publish(quote).delivered, 1U);
    testing::run(system);
  }
  for (const std::uint32_t instrument : {kSpot, kFuture}) {
    EXPECT_EQ(detector.try_send(Watermark{EventTime::end(), instrument}), mycelium::SendResult::ok);
  }
  testing::run(system);
  std::vector<Signal> signals;
  while (auto signal = subscriber.try_next()) signals.push_back(*signal);
  return describe(signals);
}

TEST(ArbitrageDetector, TheSameClassRunsInThreePlaces) {
  const std::vector<Quote> quotes = in_time_order(random_markets(/*seed=*/1, 2'000));
  const auto expected = signals_of_plain_calls(quotes);
  ASSERT_GT(expected.size(), 20U);
  EXPECT_EQ(signals_of_a_subscriber_loop(quotes), expected);
  EXPECT_EQ(signals_of_an_actor(quotes), expected);
}

TEST(ArbitrageDetector, AFullSubscriberLosesNothingAndSeesTheWatermarkLast) {
  // Given a detector whose only listener takes two signals at a time
  const std::vector<Quote> quotes = in_time_order(random_markets(/*seed=*/2, 2'000));
  const auto expected = signals_of_plain_calls(quotes);
  testing::StoppedClock clock;
  mycelium::System system{testing::manual_drive(&clock)};
  auto signals =
      system.subscriber<Signal>({}, {.capacity = 2, .overflow = mycelium::Overflow::block});
  auto watermarks = system.subscriber<Watermark>("detector.watermark");
  auto detector = system.spawn("btc_detector", [](mycelium::Context& context) {
    context.subscribe<Quote>();
    return ArbitrageDetector{quick_options(), context.publisher<Signal>(),
                             context.publisher<Watermark>("detector.watermark")};
  });
  ASSERT_TRUE(system.await_started(*detector.cell()));
  // When everything arrives before anybody listens
  const mycelium::Publisher<Quote> publisher{system.topic<Quote>()};
  for (const Quote& quote : quotes) {
    ASSERT_EQ(publisher.publish(quote).delivered, 1U);
    testing::run(system);
  }
  for (const std::uint32_t instrument : {kSpot, kFuture}) {
    ASSERT_EQ(detector.try_send(Watermark{EventTime::end(), instrument}), mycelium::SendResult::ok);
  }
  // Then time alone brings every signal, and the last watermark behind them
  std::vector<Signal> taken;
  bool ended = false;
  for (int round = 0; round < 10'000 && !ended; ++round) {
    testing::run(system);
    while (auto watermark = watermarks.try_next()) {
      EXPECT_EQ(watermark->input, 1U);
      ended = ended || watermark->upto == EventTime::end();
    }
    while (auto signal = signals.try_next()) taken.push_back(*signal);
    clock.advance(StageOutput::kRetryDelay);
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(describe(taken), expected);
}

TEST(ArbitrageDetector, ForwardsHowFarItsSlowestMarketIs) {
  mycelium::System system{testing::manual_drive()};
  auto watermarks = system.subscriber<Watermark>("detector.watermark");
  auto detector = system.spawn("btc_detector", [](mycelium::Context& context) {
    return ArbitrageDetector{quick_options(), context.publisher<Signal>(),
                             context.publisher<Watermark>("detector.watermark")};
  });
  const auto send = [&](std::uint32_t instrument, std::int64_t until_ms) {
    EXPECT_EQ(detector.try_send(Watermark{EventTime::end_of(until_ms * kMs), instrument}),
              mycelium::SendResult::ok);
    testing::run(system);
  };
  ASSERT_TRUE(system.await_started(*detector.cell()));
  send(kSpot, 100);
  EXPECT_FALSE(watermarks.try_next().has_value());
  send(kFuture, 50);
  EXPECT_EQ(watermarks.try_next().value().upto, EventTime::end_of(50 * kMs));
  send(kFuture, 200);
  EXPECT_EQ(watermarks.try_next().value().upto, EventTime::end_of(100 * kMs));
  send(kCoin, 10);
  send(kSpot, 90);
  EXPECT_FALSE(watermarks.try_next().has_value());
}

TEST(ArbitrageDetectorDeathTest, NeedsTwoDifferentInstruments) {
  EXPECT_DEATH(Bench{quick_options({kSpot})}, "two instruments");
  EXPECT_DEATH((Bench{quick_options({kSpot, kSpot})}), "given once");
}

}  // namespace
}  // namespace arbitrage
