// The detector in the three places where it may run, and what holds in each of them.
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "arbitrage/signals/arbitrage_detector.hpp"
#include "arbitrage/signals/detector_bench_test.hpp"
#include "arbitrage/signals/signals_test.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace arbitrage {
namespace {

using testing::Bench;
using testing::describe;
using testing::kCoin;
using testing::kFuture;
using testing::kMs;
using testing::kSpot;
using testing::quick_options;
using testing::take;

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
  const auto expected = describe(take(reference.signals));
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
    EXPECT_EQ(describe(take(bench.signals)), expected) << "seed " << seed;
    EXPECT_EQ(bench.board->late.value(), 0U);
  }
}

std::vector<std::string> signals_of_plain_calls(const std::vector<Quote>& quotes) {
  Bench bench;
  for (const Quote& quote : quotes) bench.detector.handle(quote);
  bench.finish();
  return describe(take(bench.signals));
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
  return describe(take(bench.signals));
}

std::vector<std::string> signals_of_an_actor(const std::vector<Quote>& quotes) {
  mycelium::System system{testing::manual_drive()};
  auto subscriber = system.subscriber<Signal>({}, {.capacity = 100'000});
  auto detector = system.spawn("btc_detector", [](mycelium::Context& context) {
    context.subscribe<Quote>({mycelium::Overflow::block});
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
    context.subscribe<Quote>({mycelium::Overflow::block});
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
    clock.advance(mycelium::StageOutput::kRetryDelay);
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

}  // namespace
}  // namespace arbitrage
