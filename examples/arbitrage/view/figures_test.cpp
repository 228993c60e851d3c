#include "arbitrage/view/figures.hpp"

#include <gtest/gtest.h>

#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using testing::at_price;
using testing::units;

std::shared_ptr<InstrumentBoard> board(std::string name, std::uint64_t frames,
                                       std::int64_t time_ns) {
  auto made = std::make_shared<InstrumentBoard>();
  made->name = std::move(name);
  made->frames.add(frames);
  made->time_ns.set(time_ns);
  return made;
}

JobBoards boards_of(std::vector<std::shared_ptr<InstrumentBoard>> instruments,
                    std::int64_t start_ns) {
  JobBoards boards;
  boards.source = "nowhere";
  boards.speed = 10;
  boards.start_ns = start_ns;
  boards.instruments = std::move(instruments);
  return boards;
}

StrategyOptions options_of(std::uint32_t index) {
  StrategyOptions options;
  options.index = index;
  options.instruments = {0, 1};
  options.quantity = units(1);
  options.fee = 0;
  return options;
}

Signal signal_at(std::int64_t read_ns, SignalKind kind) {
  Signal signal{};
  signal.read_ns = read_ns;
  signal.kind = kind;
  signal.second = 1;
  signal.first_bid = signal.first_ask = at_price(units(100));
  signal.second_bid = signal.second_ask = at_price(units(105));
  return signal;
}

TEST(Figures, OfAnInstrumentAreWhatItsBoardSays) {
  mycelium::System system{testing::manual_drive()};
  auto full = board("spot_btcusdt", 41'249, 77);
  full->bad_frames.add(3);
  full->missed.add(115);
  full->depth_dropped.add(2);
  full->gaps.add(1);
  full->snapshots.add(4);
  full->progress_ppm.set(250'000);
  full->stale.set(1);
  full->depth_applied.add(3'449);
  full->trades.add(9'757);
  full->traded_quantity.set(21'203'315'000);
  full->taker_buy_quantity.set(9'665'118'000);
  full->last_update_id.set(50'093'421'584);
  full->bid_price.set(6'168'599'000'000);
  full->bid_quantity.set(100'870'000);
  full->ask_price.set(6'168'600'000'000);
  full->ask_quantity.set(229'327'000);
  full->bid_levels.set(1'209);
  full->ask_levels.set(2'196);
  full->tickers_compared.add(565);
  full->tickers_equal.add(564);
  const Figures figures = collect(system, boards_of({full}, 0));
  ASSERT_EQ(figures.instruments.size(), 1U);
  const InstrumentFigures& instrument = figures.instruments[0];
  EXPECT_EQ(instrument.name, "spot_btcusdt");
  EXPECT_EQ(instrument.frames, 41'249U);
  EXPECT_EQ(instrument.bad_frames, 3U);
  EXPECT_EQ(instrument.missed, 115U);
  EXPECT_EQ(instrument.depth_applied, 3'449U);
  EXPECT_EQ(instrument.depth_dropped, 2U);
  EXPECT_EQ(instrument.gaps, 1U);
  EXPECT_EQ(instrument.snapshots, 4U);
  EXPECT_EQ(instrument.trades, 9'757U);
  EXPECT_EQ(instrument.traded_quantity, 21'203'315'000);
  EXPECT_EQ(instrument.taker_buy_quantity, 9'665'118'000);
  EXPECT_EQ(instrument.last_update_id, 50'093'421'584);
  EXPECT_EQ(instrument.best_bid, (PriceLevel{6'168'599'000'000, 100'870'000}));
  EXPECT_EQ(instrument.best_ask, (PriceLevel{6'168'600'000'000, 229'327'000}));
  EXPECT_EQ(instrument.bid_levels, 1'209U);
  EXPECT_EQ(instrument.ask_levels, 2'196U);
  EXPECT_EQ(instrument.tickers_equal, 564U);
  EXPECT_EQ(instrument.tickers_compared, 565U);
  EXPECT_EQ(instrument.progress_ppm, 250'000U);
  EXPECT_TRUE(instrument.stale);
}

TEST(Figures, OfTheRunAreSumsTheLatestTimeAndTheMeanProgress) {
  mycelium::System system{testing::manual_drive()};
  auto first = board("spot_btcusdt", 10, 5'000);
  auto second = board("usdm_btcusdt", 20, 4'000);
  first->missed.add(2);
  second->missed.add(3);
  second->bad_frames.add(1);
  first->progress_ppm.set(1'000'000);
  second->progress_ppm.set(2'000'000);  // More than all: a board's mistake, not the view's.
  const Figures figures = collect(system, boards_of({first, second}, 1'000));
  EXPECT_EQ(figures.frames, 30U);
  EXPECT_EQ(figures.missed, 5U);
  EXPECT_EQ(figures.bad_frames, 1U);
  EXPECT_EQ(figures.time_ns, 5'000);
  EXPECT_EQ(figures.progress_ppm, 1'000'000U);
  EXPECT_EQ(figures.source, "nowhere");
  EXPECT_EQ(figures.speed, 10U);
}

TEST(Figures, BeforeTheFirstFrameItIsTheStart) {
  mycelium::System system{testing::manual_drive()};
  const Figures figures = collect(system, boards_of({board("spot_btcusdt", 0, 0)}, 1'000));
  EXPECT_EQ(figures.time_ns, 1'000);
  EXPECT_EQ(figures.progress_ppm, 0U);
}

TEST(Figures, HaveTheActorsAndTheLatencyOfAllStrategiesTogether) {
  testing::StoppedClock clock;
  mycelium::System system{testing::manual_drive(&clock)};
  JobBoards boards;
  std::vector<mycelium::Ref<SpreadStrategy::Handles>> strategies;
  for (const char* name : {"strategy.btc", "strategy.eth"}) {
    auto own =
        std::make_shared<StrategyBoard>(options_of(static_cast<std::uint32_t>(strategies.size())));
    boards.strategies.emplace_back(name, own);
    strategies.push_back(system.spawn(name, [own](mycelium::Context& context) {
      return SpreadStrategy{own, context.publisher<StrategyUpdate>(),
                            context.publisher<Watermark>()};
    }));
    ASSERT_TRUE(system.await_started(*strategies.back().cell()));
  }
  const std::int64_t now_ns = clock.monotonic().time_since_epoch().count();
  // Given three signals on their way for 10 ns and one for 15
  for (int count = 0; count < 3; ++count) {
    ASSERT_EQ(strategies[0].try_send(signal_at(now_ns - 10, SignalKind::enter_long)),
              mycelium::SendResult::ok);
  }
  ASSERT_EQ(strategies[1].try_send(signal_at(now_ns - 15, SignalKind::enter_short)),
            mycelium::SendResult::ok);
  testing::run(system);
  const Figures figures = collect(system, boards);
  EXPECT_EQ(figures.latency.count, 4U);
  EXPECT_EQ(figures.latency.p50, 10U);
  EXPECT_EQ(figures.latency.p99, 15U);
  ASSERT_EQ(figures.strategies.size(), 2U);
  EXPECT_EQ(figures.strategies[0].name, "strategy.btc");
  EXPECT_EQ(figures.strategies[0].signals, 3U);
  EXPECT_EQ(figures.strategies[0].position, units(1));
  EXPECT_EQ(figures.strategies[1].position, -units(1));
  EXPECT_EQ(figures.strategies[1].pnl, boards.strategies[1].second->pnl());
  ASSERT_EQ(figures.actors.size(), 2U);
  EXPECT_EQ(figures.actors[0].name, "strategy.btc");
  EXPECT_EQ(figures.actors[0].handled, 3U);
  EXPECT_EQ(figures.dropped, 0U);
  EXPECT_EQ(figures.dead_letters, 0U);
}

TEST(Figures, KeepTheRestartsAndTheSignalsWhenTheSystemHasEnded) {
  mycelium::System system{testing::manual_drive()};
  const testing::ScratchFolder folder{"figures"};
  auto log = SignalLog::open(folder.file("signals.csv"), {{"a", "b"}, {"strategy.btc"}});
  ASSERT_TRUE(log.has_value()) << log.error().message;
  struct Faulty {
    using Handles = mycelium::Messages<Tick>;
    void handle(const Tick&) { throw std::runtime_error{"a fault of the test"}; }
  };
  auto faulty = system.spawn("faulty", [](mycelium::Context&) { return Faulty{}; });
  ASSERT_TRUE(system.await_started(*faulty.cell()));
  ASSERT_EQ(faulty.try_send(Tick{}), mycelium::SendResult::ok);
  testing::run(system);
  EXPECT_TRUE(system.shutdown().empty());
  (*log)->push({signal_at(0, SignalKind::exit), 0, 0, 0});
  ASSERT_TRUE((*log)->close().has_value());
  JobBoards boards;
  boards.log = *log;
  const Figures figures = collect(system, boards);
  EXPECT_TRUE(figures.actors.empty());
  EXPECT_EQ(figures.restarts, 1U);
  EXPECT_EQ(figures.dead_letters, 1U);
  EXPECT_EQ(figures.signals, 1U);
}

}  // namespace
}  // namespace arbitrage
