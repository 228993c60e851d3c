#include "arbitrage/signals/spread_ledger.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <utility>

#include "arbitrage/signals/signals_test.hpp"
#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

using testing::at_price;
using testing::units;

/// Prices in whole units of the quote currency.
struct Prices {
  std::int64_t first_bid, first_ask, second_bid, second_ask;
};

Signal signal(SignalKind kind, const Prices& prices, std::uint32_t first = 0,
              std::uint32_t second = 1) {
  return {.at = {},
          .read_ns = 0,
          .kind = kind,
          .pair = 0,
          .first = first,
          .second = second,
          .basis = 0,
          .band_low = 0,
          .band_high = 0,
          .first_bid = at_price(units(prices.first_bid)),
          .first_ask = at_price(units(prices.first_ask)),
          .second_bid = at_price(units(prices.second_bid)),
          .second_ask = at_price(units(prices.second_ask))};
}

TEST(SpreadLedger, BuysTheFirstAtItsAskSellsTheSecondAtItsBidAndClosesAtTheOpposite) {
  SpreadLedger ledger{{0, 1}, units(2), /*fee=*/0};
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {99, 101, 103, 105})));
  EXPECT_EQ(ledger.position(), units(2));
  // Bought 2 at 101, sold 2 at 103; worth 2 * 99 - 2 * 105.
  EXPECT_EQ(ledger.pnl(), units(-2 * 101 + 2 * 103 + 2 * 99 - 2 * 105));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {110, 112, 104, 106})));
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(ledger.pnl(), units(2 * (110 - 101) + 2 * (103 - 106)));
}

TEST(SpreadLedger, AShortIsTheMirrorOfALong) {
  SpreadLedger ledger{{0, 1}, units(2), /*fee=*/0};
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_short, {99, 101, 103, 105})));
  EXPECT_EQ(ledger.position(), units(-2));
  EXPECT_EQ(ledger.pnl(), units(2 * 99 - 2 * 105 - 2 * 101 + 2 * 103));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {90, 92, 104, 106})));
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(ledger.pnl(), units(2 * (99 - 92) + 2 * (104 - 105)));
}

TEST(SpreadLedger, TakesAFeeOnEveryLeg) {
  SpreadLedger ledger{{0, 1}, units(1), /*fee=*/1'000'000};  // 1 %.
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {100, 100, 200, 200})));
  EXPECT_EQ(ledger.pnl(), units(-3));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {100, 100, 200, 200})));
  EXPECT_EQ(ledger.pnl(), units(-6));
}

TEST(SpreadLedger, AnEntryAgainstThePositionClosesItFirst) {
  SpreadLedger ledger{{0, 1}, units(1), /*fee=*/0};
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {100, 100, 200, 200})));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_short, {130, 130, 200, 200})));
  EXPECT_EQ(ledger.position(), units(-1));
  EXPECT_EQ(ledger.pnl(), units(30));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {120, 120, 200, 200})));
  EXPECT_EQ(ledger.pnl(), units(40));
}

TEST(SpreadLedger, WhatIsHeldOrGoneAlreadyChangesOnlyThePrices) {
  SpreadLedger ledger{{0, 1}, units(1), /*fee=*/1'000};
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {100, 100, 200, 200})));
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(ledger.pnl(), 0);
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {100, 100, 200, 200})));
  const Decimal fees = -ledger.pnl();
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {150, 150, 200, 200})));
  EXPECT_EQ(ledger.position(), units(1));
  EXPECT_EQ(ledger.pnl(), units(50) - fees);
}

TEST(SpreadLedger, PairsThatShareAnInstrumentKeepTheirPositions) {
  SpreadLedger ledger{{4, 5, 6}, units(1), /*fee=*/0};
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_long, {100, 100, 200, 200}, 4, 5)));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::enter_short, {110, 110, 300, 300}, 4, 6)));
  EXPECT_EQ(ledger.position(), 0);  // Long and short of instrument 4.
  EXPECT_EQ(ledger.pnl(), units(10));
  ASSERT_TRUE(ledger.apply(signal(SignalKind::exit, {500, 500, 200, 200}, 4, 5)));
  EXPECT_EQ(ledger.position(), units(-1));
  EXPECT_EQ(ledger.pnl(), units(400 - 390));
}

TEST(SpreadLedger, RefusesInstrumentsThatAreNotItsOwn) {
  SpreadLedger ledger{{0, 1}, units(1), /*fee=*/0};
  EXPECT_FALSE(ledger.apply(signal(SignalKind::enter_long, {1, 1, 1, 1}, 0, 2)));
  EXPECT_FALSE(ledger.apply(signal(SignalKind::enter_long, {1, 1, 1, 1}, 7, 1)));
  EXPECT_FALSE(ledger.apply(signal(SignalKind::enter_long, {1, 1, 1, 1}, 1, 1)));
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(ledger.pnl(), 0);
}

TEST(SpreadLedger, FlatPnlIsTheSumOfAllRoundTrips) {
  mycelium::Random random{11};
  SpreadLedger ledger{{0, 1, 2}, units(3), /*fee=*/0};
  std::map<std::uint32_t, std::pair<int, Prices>> open;  // By pair: direction and entry prices.
  std::int64_t realised = 0;
  const auto gain = [](int direction, const Prices& in, const Prices& out) {
    return direction > 0 ? (out.first_bid - in.first_ask) + (in.second_bid - out.second_ask)
                         : (in.first_bid - out.first_ask) + (out.second_bid - in.second_ask);
  };
  const auto trade = [&](std::uint32_t pair, SignalKind kind) {
    const std::int64_t first = random.between(100, 200);
    const std::int64_t second = random.between(100, 200);
    const Prices prices{first, first + random.between(1, 3), second, second + random.between(1, 3)};
    const auto held = open.find(pair);
    if (kind == SignalKind::exit && held != open.end()) {
      realised += 3 * gain(held->second.first, held->second.second, prices);
      open.erase(held);
    } else if (kind != SignalKind::exit && held == open.end()) {
      open.emplace(pair, std::pair{kind == SignalKind::enter_long ? 1 : -1, prices});
    } else {
      return;
    }
    ASSERT_TRUE(ledger.apply(signal(kind, prices, pair == 2 ? 1 : 0, pair == 0 ? 1 : 2)));
  };
  constexpr SignalKind kKinds[] = {SignalKind::enter_long, SignalKind::enter_short,
                                   SignalKind::exit};
  for (int round = 0; round < 1'000; ++round) {
    trade(static_cast<std::uint32_t>(random.below(3)), kKinds[random.below(3)]);
  }
  for (const std::uint32_t pair : {0U, 1U, 2U}) trade(pair, SignalKind::exit);
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(ledger.pnl(), units(realised));
}

TEST(SpreadLedger, TheEndsOfTheNumbersDoNotOverflow) {
  SpreadLedger ledger{{0, 1}, SpreadLedger::kQuantityMax, SpreadLedger::kFeeMax};
  Signal extreme = signal(SignalKind::enter_long, {1, 1, 1, 1});
  constexpr Decimal kMax = std::numeric_limits<Decimal>::max();
  extreme.first_bid = extreme.first_ask = Level{kMax, kMax};
  for (int round = 0; round < 1'000; ++round) {
    extreme.kind = SignalKind::enter_long;
    ASSERT_TRUE(ledger.apply(extreme));
    extreme.kind = SignalKind::enter_short;
    ASSERT_TRUE(ledger.apply(extreme));
  }
  EXPECT_EQ(ledger.pnl(), std::numeric_limits<Decimal>::min());
}

TEST(SpreadLedgerDeathTest, RefusesImpossibleTerms) {
  EXPECT_DEATH(SpreadLedger({0, 1}, 0, 0), "quantity");
  EXPECT_DEATH(SpreadLedger({0, 1}, SpreadLedger::kQuantityMax + 1, 0), "quantity");
  EXPECT_DEATH(SpreadLedger({0, 1}, 1, -1), "fee");
  EXPECT_DEATH(SpreadLedger({0, 1}, 1, SpreadLedger::kFeeMax + 1), "fee");
}

}  // namespace
}  // namespace arbitrage
