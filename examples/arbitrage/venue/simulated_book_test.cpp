#include "arbitrage/venue/simulated_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "mycelium/base/random.hpp"

namespace arbitrage::simulated {
namespace {

using Levels = std::map<std::int64_t, std::int64_t>;  // Price to quantity, ascending.

/// Best first, as a map with the price's sign turned would have them.
std::vector<BookLevel> best_first(const Levels& levels, Side side) {
  std::vector<BookLevel> result;
  for (const auto& [price, quantity] : levels) {
    const auto where = side == Side::bid ? result.begin() : result.end();
    result.insert(where, {.price = price, .quantity = quantity});
  }
  return result;
}

std::vector<BookLevel> content(const SimulatedBook& book, Side side) {
  std::vector<BookLevel> result;
  result.reserve(book.size(side));
  for (std::size_t rank = 0; rank < book.size(side); ++rank) {
    result.push_back(book.level(side, rank));
  }
  return result;
}

TEST(SimulatedBook, AgreesWithAMapUnderRandomChanges) {
  for (const Side side : {Side::bid, Side::ask}) {
    // Given a book and a map, and few prices, so that levels are often hit again
    mycelium::Random random{static_cast<std::uint64_t>(side) + 1};
    SimulatedBook book{8};
    Levels model;
    for (int round = 0; round < 20'000; ++round) {
      // When the same random change is made to both
      const std::int64_t quantity = random.between(0, 2);
      if (!model.empty() && random.below(2) == 0) {
        const std::size_t rank = random.below(model.size());
        const std::int64_t price = best_first(model, side)[rank].price;
        book.set_rank(side, rank, quantity);
        model[price] = quantity;
      } else {
        const std::int64_t price = random.between(1, 30);
        const bool expected =
            model.empty() || (side == Side::bid ? price >= std::prev(model.end())->first
                                                : price <= model.begin()->first);
        ASSERT_EQ(book.reaches_best(side, price), expected) << "round " << round;
        book.set(side, {.price = price, .quantity = quantity});
        model[price] = quantity;
      }
      std::erase_if(model, [](const auto& level) { return level.second == 0; });
      // Then they hold the same levels
      ASSERT_EQ(content(book, side), best_first(model, side)) << "round " << round;
    }
    EXPECT_EQ(book.size(opposite(side)), 0U);
  }
}

TEST(SimulatedBook, TellsEachChangedPriceOnceWithItsQuantityNow) {
  for (const Side side : {Side::bid, Side::ask}) {
    mycelium::Random random{7};
    SimulatedBook book{8};
    Levels touched;
    for (int round = 0; round < 2'000; ++round) {
      for (std::int64_t changes = random.between(1, 40); changes > 0; --changes) {
        const std::int64_t price = random.between(1, 30);
        const std::int64_t quantity = random.between(0, 2);
        book.set(side, {.price = price, .quantity = quantity});
        touched[price] = quantity;
      }
      std::vector<BookLevel> expected = best_first(touched, side);
      std::ranges::reverse(expected);
      const auto told = book.changes(side);
      ASSERT_EQ((std::vector<BookLevel>{told.begin(), told.end()}), expected) << "round " << round;
      ASSERT_TRUE(book.changed());
      book.forget_changes();
      ASSERT_FALSE(book.changed());
      touched.clear();
    }
  }
}

TEST(SimulatedBook, BestAndWorstAreTheEndsOfEachSide) {
  SimulatedBook book{8};
  for (const std::int64_t price : {10, 12, 11}) {
    book.set(Side::bid, {.price = price, .quantity = 1});
    book.set(Side::ask, {.price = price + 10, .quantity = 1});
  }
  EXPECT_EQ(book.best(Side::bid).price, 12);
  EXPECT_EQ(book.worst(Side::bid).price, 10);
  EXPECT_EQ(book.best(Side::ask).price, 20);
  EXPECT_EQ(book.worst(Side::ask).price, 22);
}

}  // namespace
}  // namespace arbitrage::simulated
