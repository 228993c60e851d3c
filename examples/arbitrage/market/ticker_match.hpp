#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "arbitrage/market/frame.hpp"

namespace arbitrage {

/// Compares a rebuilt book with the venue's own best prices wherever both are known for the same
/// update id.
///
/// A bookTicker's `u` and a depth update's last id `u` count the same events, and either may arrive
/// first. Both sequences increase, so a merge of two queues finds every id that is in both, once.
/// ```
/// case UpdateOutcome::apply: book.apply(update); match.on_book(update.last_id, bid, ask); ...
/// case BookTicker:           match.on_ticker(ticker); ...
/// ```
/// Thread-safety: none. Memory: two queues of kWaitingMax entries, allocated at construction (320
/// KiB).
class TickerMatch {
 public:
  /// Entries that wait for the other stream: the busiest recorded second has about 1,500 tickers
  /// and 40 updates, and the streams are never a second apart. When full the oldest gives way
  /// (`forgotten`).
  static constexpr std::size_t kWaitingMax = 4096;

  TickerMatch();

  /// A bookTicker arrived. An id not above the last ticker's is ignored.
  void on_ticker(const BookTicker& ticker);
  /// A depth update was applied; the book's best levels after it. A side without orders is Level{}.
  /// An id not above the last one's is ignored.
  void on_book(std::uint64_t last_id, const Level& bid, const Level& ask);

  /// Update ids seen in both streams.
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  /// Those of them where price and quantity of both sides are the same.
  [[nodiscard]] std::uint64_t equal() const { return equal_; }
  /// Entries given up because their queue was full.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  /// One stream's entries that may still meet their partner, ids increasing.
  struct Waiting {
    std::unique_ptr<std::array<BookTicker, kWaitingMax>> ring;
    std::size_t first = 0;
    std::size_t count = 0;
    std::uint64_t last_id = 0;  // The highest id that ever came; only meaningful once `any`.
    bool any = false;
  };

  void meet(const BookTicker& entry, Waiting& own, Waiting& other);

  Waiting tickers_;
  Waiting books_;
  std::uint64_t compared_ = 0;
  std::uint64_t equal_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace arbitrage
