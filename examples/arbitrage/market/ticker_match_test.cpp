#include "arbitrage/market/ticker_match.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

constexpr Level kBid{.price = 100, .quantity = 1};
constexpr Level kAsk{.price = 101, .quantity = 2};

BookTicker ticker(std::uint64_t id, Level bid = kBid, Level ask = kAsk) {
  return {.update_id = id, .bid = bid, .ask = ask};
}

TEST(TickerMatch, ComparesWhicheverComesFirst) {
  TickerMatch match;
  match.on_ticker(ticker(5));
  match.on_book(5, kBid, kAsk);
  EXPECT_EQ(match.compared(), 1U);
  match.on_book(9, kBid, kAsk);
  match.on_ticker(ticker(9));
  EXPECT_EQ(match.compared(), 2U);
  EXPECT_EQ(match.equal(), 2U);
}

TEST(TickerMatch, IgnoresIdsOfOneStreamOnly) {
  TickerMatch match;
  for (const std::uint64_t id : {1U, 2U, 3U, 4U}) match.on_ticker(ticker(id));
  match.on_book(3, kBid, kAsk);
  match.on_book(6, kBid, kAsk);
  match.on_book(7, kBid, kAsk);
  match.on_ticker(ticker(5));
  match.on_ticker(ticker(7));
  EXPECT_EQ(match.compared(), 2U);
}

TEST(TickerMatch, CountsEachIdOnce) {
  TickerMatch match;
  match.on_ticker(ticker(5));
  match.on_ticker(ticker(5));
  match.on_book(5, kBid, kAsk);
  match.on_book(5, kBid, kAsk);
  match.on_ticker(ticker(5));
  EXPECT_EQ(match.compared(), 1U);
}

TEST(TickerMatch, SeesEveryDifference) {
  const Level other{.price = 100, .quantity = 3};
  const Level dearer{.price = 102, .quantity = 2};
  TickerMatch match;
  match.on_ticker(ticker(1));
  match.on_book(1, other, kAsk);
  match.on_ticker(ticker(2));
  match.on_book(2, kBid, dearer);
  match.on_book(3, kBid, kAsk);
  match.on_ticker(ticker(3, Level{}, kAsk));
  EXPECT_EQ(match.compared(), 3U);
  EXPECT_EQ(match.equal(), 0U);
}

TEST(TickerMatch, ForgetsTheOldestWhenAQueueIsFull) {
  TickerMatch match;
  for (std::uint64_t id = 1; id <= TickerMatch::kWaitingMax + 2; ++id) match.on_ticker(ticker(id));
  EXPECT_EQ(match.forgotten(), 2U);
  match.on_book(2, kBid, kAsk);
  EXPECT_EQ(match.compared(), 0U);
  match.on_book(3, kBid, kAsk);
  match.on_book(TickerMatch::kWaitingMax + 2, kBid, kAsk);
  EXPECT_EQ(match.compared(), 2U);
}

TEST(TickerMatch, FindsWhatAModelFindsUnderRandomInterleaving) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    mycelium::Random random{seed};
    TickerMatch match;
    // The model keeps everything: per id what each stream said first.
    std::map<std::uint64_t, Level> tickers;
    std::map<std::uint64_t, Level> books;
    std::uint64_t ticker_id = 0;
    std::uint64_t book_id = 0;
    for (int round = 0; round < 20'000; ++round) {
      // Either stream runs ahead by up to about a thousand ids; sometimes an id repeats.
      const bool is_ticker =
          ticker_id < book_id + 1'000 && (random.below(3) != 0 || book_id > ticker_id + 1'000);
      std::uint64_t& id = is_ticker ? ticker_id : book_id;
      id += random.below(is_ticker ? 3 : 7);
      const Level bid{.price = 100,
                      .quantity = static_cast<Decimal>(id % 5 + (random.below(50) == 0 ? 1 : 0))};
      if (is_ticker) {
        match.on_ticker(ticker(id, bid));
        tickers.emplace(id, bid);
      } else {
        match.on_book(id, bid, kAsk);
        books.emplace(id, bid);
      }
    }
    std::uint64_t compared = 0;
    std::uint64_t equal = 0;
    for (const auto& [id, bid] : tickers) {
      const auto book = books.find(id);
      if (book == books.end()) continue;
      ++compared;
      if (book->second == bid) ++equal;
    }
    EXPECT_EQ(match.compared(), compared);
    EXPECT_EQ(match.equal(), equal);
    EXPECT_EQ(match.forgotten(), 0U);
    EXPECT_GT(compared, 100U);
    EXPECT_LT(equal, compared);
  }
}

}  // namespace
}  // namespace arbitrage
