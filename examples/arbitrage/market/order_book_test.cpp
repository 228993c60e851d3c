#include "arbitrage/market/order_book.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <variant>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

constexpr Level level(Decimal price, Decimal quantity) {
  return {.price = price, .quantity = quantity};
}

DepthSnapshot small_snapshot() {
  return DepthSnapshot{.last_update_id = 7,
                       .bids = {level(100, 5), level(99, 6), level(90, 7)},
                       .asks = {level(101, 8), level(105, 9)}};
}

TEST(OrderBook, IsEmptyAtFirst) {
  const OrderBook book;
  EXPECT_EQ(book.best_bid(), std::nullopt);
  EXPECT_EQ(book.best_ask(), std::nullopt);
  EXPECT_EQ(book.bids().size() + book.asks().size(), 0U);
}

TEST(OrderBook, TakesOverASnapshotAndForgetsWhatItHad) {
  OrderBook book;
  book.apply(Side::bid, level(500, 1));
  book.reset(small_snapshot());
  EXPECT_EQ(book.best_bid(), level(100, 5));
  EXPECT_EQ(book.best_ask(), level(101, 8));
  EXPECT_EQ(book.bids().size(), 3U);
  EXPECT_EQ(book.asks().size(), 2U);
}

TEST(OrderBook, SetsReplacesAndRemovesLevels) {
  OrderBook book;
  book.reset(small_snapshot());
  DepthUpdate update;
  update.bids = {level(100, 0), level(98, 3), level(90, 1)};  // Remove the best, insert, replace.
  update.asks = {level(100, 2), level(105, 0),
                 level(999, 0)};  // A new best, remove, remove what is not there.
  book.apply(update);
  EXPECT_EQ(book.best_bid(), level(99, 6));
  EXPECT_EQ(book.best_ask(), level(100, 2));
  const auto bids = book.bids().worst_to_best();
  EXPECT_EQ(std::vector(bids.begin(), bids.end()),
            (std::vector{level(90, 1), level(98, 3), level(99, 6)}));
  const auto asks = book.asks().worst_to_best();
  EXPECT_EQ(std::vector(asks.begin(), asks.end()), (std::vector{level(101, 8), level(100, 2)}));
}

TEST(OrderBook, EqualMeansTheSameLevels) {
  OrderBook left;
  OrderBook right;
  left.reset(small_snapshot());
  right.reset(small_snapshot());
  EXPECT_EQ(left, right);
  right.apply(Side::ask, level(105, 10));
  EXPECT_NE(left, right);
  right.apply(Side::ask, level(105, 9));
  EXPECT_EQ(left, right);
}

TEST(OrderBook, AFullSideKeepsTheBestLevels) {
  constexpr auto kMax = static_cast<Decimal>(BookSide<Side::bid>::kLevelsMax);
  BookSide<Side::bid> side;
  for (Decimal price = 1; price <= kMax; ++price) side.set(level(price * 2, 1));
  side.set(level(1, 1));  // Worse than all: not taken.
  EXPECT_EQ(side.worst_to_best().front(), level(2, 1));
  side.set(level(7, 1));  // Between 6 and 8: the worst gives way.
  EXPECT_EQ(side.size(), BookSide<Side::bid>::kLevelsMax);
  const auto levels = side.worst_to_best();
  EXPECT_EQ(std::vector(levels.begin(), levels.begin() + 4),
            (std::vector{level(4, 1), level(6, 1), level(7, 1), level(8, 1)}));
  side.set(level(kMax * 3, 1));
  EXPECT_EQ(side.best(), level(kMax * 3, 1));
  EXPECT_EQ(side.size(), BookSide<Side::bid>::kLevelsMax);
}

TEST(OrderBook, AnswersLikeAVenue) {
  OrderBook book;
  EXPECT_EQ(snapshot_json(book, 0), R"({"lastUpdateId":0,"bids":[],"asks":[]})");
  book.apply(Side::bid, level(6'173'763'000'000, 100'000'000));
  book.apply(Side::bid, level(6'173'764'000'000, 1));
  book.apply(Side::ask, level(6'173'800'000'000, 250'000'000));
  EXPECT_EQ(
      snapshot_json(book, 42),
      R"({"lastUpdateId":42,"bids":[["61737.64","0.00000001"],["61737.63","1"]],"asks":[["61738","2.5"]]})");
}

/// The same rules with a map, the best level first.
template <typename Better>
using ModelSide = std::map<Decimal, Decimal, Better>;

template <typename Better>
void set(ModelSide<Better>& side, Level changed) {
  if (changed.quantity == 0) {
    side.erase(changed.price);
  } else {
    side[changed.price] = changed.quantity;
  }
}

template <Side kSide, typename Better>
void expect_same(const BookSide<kSide>& side, const ModelSide<Better>& model) {
  const auto levels = side.worst_to_best();
  ASSERT_EQ(levels.size(), model.size());
  std::size_t index = levels.size();
  for (const auto& [price, quantity] : model) ASSERT_EQ(levels[--index], level(price, quantity));
}

TEST(OrderBook, BehavesLikeAMapUnderRandomUpdates) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    mycelium::Random random{seed};
    OrderBook book;
    ModelSide<std::greater<>> bids;
    ModelSide<std::less<>> asks;
    // Prices from a narrow, a middle and a wide range: dense near the top, sparse far away.
    const Decimal ranges[] = {8, 200, 5'000};
    for (int round = 0; round < 40'000; ++round) {
      const Level changed = level(1 + random.between(0, ranges[random.below(3)]),
                                  random.below(3) == 0 ? 0 : random.between(1, 1'000));
      if (random.below(2) == 0) {
        book.apply(Side::bid, changed);
        set(bids, changed);
      } else {
        book.apply(Side::ask, changed);
        set(asks, changed);
      }
      if (!bids.empty()) {
        ASSERT_EQ(book.best_bid(), level(bids.begin()->first, bids.begin()->second))
            << "round " << round;
      }
      if (!asks.empty()) {
        ASSERT_EQ(book.best_ask(), level(asks.begin()->first, asks.begin()->second))
            << "round " << round;
      }
      if (round % 500 == 0) {
        ASSERT_NO_FATAL_FAILURE(expect_same(book.bids(), bids)) << "round " << round;
        ASSERT_NO_FATAL_FAILURE(expect_same(book.asks(), asks)) << "round " << round;
      }
    }
    // And what it answers as a venue reads back as the same book.
    FrameParser parser;
    const auto frame = parser.parse(snapshot_json(book, 1));
    ASSERT_TRUE(frame.has_value()) << frame.error().message;
    OrderBook again;
    again.reset(*std::get<const DepthSnapshot*>(*frame));
    EXPECT_EQ(again, book);
  }
}

}  // namespace
}  // namespace arbitrage
