#include "arbitrage/signals/spread_strategy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using mycelium::testing::Capture;
using testing::at_price;
using ::testing::HasSubstr;
using testing::take;
using testing::units;

constexpr std::uint32_t kSpot = 3;
constexpr std::uint32_t kFuture = 5;

StrategyOptions plain_options() {
  StrategyOptions options;
  options.index = 1;
  options.detector = 2;
  options.instruments = {kSpot, kFuture};
  options.quantity = units(1);
  options.fee = 0;
  return options;
}

Signal signal(SignalKind kind, std::int64_t time_ns, std::int64_t first, std::int64_t second) {
  return {.at = {time_ns, kSpot, 1},
          .read_ns = 0,
          .kind = kind,
          .pair = 0,
          .first = kSpot,
          .second = kFuture,
          .basis = 0,
          .band_low = 0,
          .band_high = 0,
          .first_bid = at_price(units(first)),
          .first_ask = at_price(units(first)),
          .second_bid = at_price(units(second)),
          .second_ask = at_price(units(second))};
}

TEST(SpreadStrategy, PublishesWhereItStandsAfterEverySignal) {
  Capture<StrategyUpdate> updates;
  Capture<Watermark> watermarks;
  auto board = std::make_shared<StrategyBoard>(plain_options());
  SpreadStrategy strategy{board, updates.publisher(), watermarks.publisher()};
  strategy.act(signal(SignalKind::enter_long, 10, 100, 105));
  strategy.act(signal(SignalKind::exit, 20, 107, 106));
  const auto published = take(updates);
  ASSERT_EQ(published.size(), 2U);
  EXPECT_EQ(published[0].strategy, 1U);
  EXPECT_EQ(published[0].signal.at.time_ns, 10);
  EXPECT_EQ(published[0].position, units(1));
  EXPECT_EQ(published[0].pnl, 0);
  EXPECT_EQ(published[1].signal.kind, SignalKind::exit);
  EXPECT_EQ(published[1].position, 0);
  EXPECT_EQ(published[1].pnl, units(7 - 1));
  EXPECT_EQ(board->position(), 0);
  EXPECT_EQ(board->pnl(), units(6));
  EXPECT_EQ(board->signals(), 2U);
}

TEST(SpreadStrategy, ARestartGoesOnWithItsAccount) {
  Capture<StrategyUpdate> updates;
  Capture<Watermark> watermarks;
  auto board = std::make_shared<StrategyBoard>(plain_options());
  SpreadStrategy{board, updates.publisher(), watermarks.publisher()}.act(
      signal(SignalKind::enter_long, 10, 100, 105));
  SpreadStrategy{board, updates.publisher(), watermarks.publisher()}.act(
      signal(SignalKind::exit, 20, 107, 106));
  EXPECT_EQ(board->pnl(), units(6));
  EXPECT_EQ(board->position(), 0);
  EXPECT_EQ(board->signals(), 2U);
}

TEST(SpreadStrategy, LeavesSignalsOnOtherInstrumentsAlone) {
  Capture<StrategyUpdate> updates;
  Capture<Watermark> watermarks;
  auto board = std::make_shared<StrategyBoard>(plain_options());
  SpreadStrategy strategy{board, updates.publisher(), watermarks.publisher()};
  Signal foreign = signal(SignalKind::enter_long, 10, 100, 105);
  foreign.second = 6;
  strategy.act(foreign);
  EXPECT_TRUE(take(updates).empty());
  EXPECT_EQ(board->foreign(), 1U);
  EXPECT_EQ(board->signals(), 0U);
}

TEST(SpreadStrategy, AsAnActorMeasuresLatencyAndForwardsItsDetectorsWatermark) {
  testing::StoppedClock clock;
  mycelium::System system{testing::manual_drive(&clock)};
  auto watermarks = system.subscriber<Watermark>("strategy.watermark");
  auto updates = system.subscriber<StrategyUpdate>();
  auto board = std::make_shared<StrategyBoard>(plain_options());
  auto strategy = system.spawn("btc_strategy", [board](mycelium::Context& context) {
    return SpreadStrategy{board, context.publisher<StrategyUpdate>(),
                          context.publisher<Watermark>("strategy.watermark")};
  });
  ASSERT_TRUE(system.await_started(*strategy.cell()));
  // Given a signal whose frame was read 300 ns ago, and one that claims to be from the future
  Signal entry = signal(SignalKind::enter_long, 10, 100, 105);
  entry.read_ns = clock.monotonic().time_since_epoch().count();
  clock.advance(300ns);
  ASSERT_EQ(strategy.try_send(entry), mycelium::SendResult::ok);
  Signal exit = signal(SignalKind::exit, 11, 100, 105);
  exit.read_ns = clock.monotonic().time_since_epoch().count() + 1'000;
  ASSERT_EQ(strategy.try_send(exit), mycelium::SendResult::ok);
  ASSERT_EQ(strategy.try_send(Watermark{EventTime::end_of(10), 7}), mycelium::SendResult::ok);
  ASSERT_EQ(strategy.try_send(Watermark{EventTime::end_of(12), 2}), mycelium::SendResult::ok);
  testing::run(system);
  // Then the first counts 300 ns, the second nothing
  EXPECT_EQ(board->latency().count(), 2U);
  EXPECT_EQ(board->latency().max(), 300U);
  EXPECT_TRUE(updates.try_next().has_value());
  EXPECT_TRUE(updates.try_next().has_value());
  const auto watermark = watermarks.try_next();
  ASSERT_TRUE(watermark.has_value());
  EXPECT_EQ(watermark->upto, EventTime::end_of(12));
  EXPECT_EQ(watermark->input, 1U);
  EXPECT_FALSE(watermarks.try_next().has_value());
}

TEST(SpreadStrategy, AFullListenerLosesNothing) {
  testing::StoppedClock clock;
  mycelium::System system{testing::manual_drive(&clock)};
  auto updates =
      system.subscriber<StrategyUpdate>({}, {.capacity = 1, .overflow = mycelium::Overflow::block});
  auto board = std::make_shared<StrategyBoard>(plain_options());
  auto strategy = system.spawn("btc_strategy", [board](mycelium::Context& context) {
    return SpreadStrategy{board, context.publisher<StrategyUpdate>(),
                          context.publisher<Watermark>("strategy.watermark")};
  });
  ASSERT_TRUE(system.await_started(*strategy.cell()));
  for (std::int64_t time_ns = 0; time_ns < 50; ++time_ns) {
    const SignalKind kind = time_ns % 2 == 0 ? SignalKind::enter_long : SignalKind::exit;
    ASSERT_EQ(strategy.try_send(signal(kind, time_ns, 100, 105)), mycelium::SendResult::ok);
  }
  std::int64_t next_ns = 0;
  for (int round = 0; round < 200; ++round) {
    testing::run(system);
    while (auto update = updates.try_next()) EXPECT_EQ(update->signal.at.time_ns, next_ns++);
    clock.advance(mycelium::StageOutput::kRetryDelay);
  }
  EXPECT_EQ(next_ns, 50);
}

TEST(StrategyOptions, TakeEverySettingTheyListAndRefuseNonsense) {
  mycelium::Settings settings;
  settings.set("quantity", "0.1");
  settings.set("fee_bp", "2.5");
  const auto options = StrategyOptions::from(settings);
  ASSERT_TRUE(options.has_value()) << options.error().message;
  EXPECT_EQ(options->quantity, 10'000'000);
  EXPECT_EQ(options->fee, 25'000);
  EXPECT_EQ(StrategyOptions::settings().size(), settings.all().size());
  for (const mycelium::SettingSpec& spec : StrategyOptions::settings()) {
    EXPECT_NE(settings.find(spec.key), nullptr) << spec.key;
  }
  settings.set("quantity", "0");
  EXPECT_THAT(StrategyOptions::from(settings).error().message,
              HasSubstr("quantity: expected 0.00000001 to 10000 of the base asset, found \"0\""));
  settings.set("quantity", "1");
  settings.set("fee_bp", "1001");
  EXPECT_THAT(StrategyOptions::from(settings).error().message,
              HasSubstr("fee_bp: expected 0 to 1000 bp"));
}

}  // namespace
}  // namespace arbitrage
