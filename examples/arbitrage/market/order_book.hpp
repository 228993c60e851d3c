#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arbitrage/market/decimal.hpp"
#include "arbitrage/market/frame.hpp"

namespace arbitrage {

enum class Side : std::uint8_t { bid, ask };

/// One side of a book: price levels from the worst to the best, the best at the END.
///
/// Most changes hit near the best price, so a flat array with its busy end at the back moves few
/// bytes. Thread-safety: none. Memory: 16 bytes per level, grows to the largest number of levels
/// seen.
template <Side kSide>
class BookSide {
 public:
  /// Levels kept; the real ones reach about 5,000. When full, the worst level gives way.
  static constexpr std::size_t kLevelsMax = std::size_t{1} << 16;

  /// Sets the level at this price; quantity 0 removes it (an unknown price then changes nothing).
  /// O(log levels + levels better than it).
  void set(Level level);
  /// Takes over levels sorted from best to worst, as a snapshot has them; those beyond kLevelsMax
  /// are left out.
  void reset(std::span<const Level> best_to_worst);

  /// The best level, or nothing when the side is empty.
  [[nodiscard]] std::optional<Level> best() const {
    return levels_.empty() ? std::nullopt : std::optional{levels_.back()};
  }
  [[nodiscard]] std::size_t size() const { return levels_.size(); }
  /// All levels, the best at the end.
  [[nodiscard]] std::span<const Level> worst_to_best() const { return levels_; }

  bool operator==(const BookSide&) const = default;

 private:
  [[nodiscard]] std::size_t position_of(Decimal price) const;

  std::vector<Level> levels_;  // Strictly: every level is better than the one before it.
};

/// The order book of one instrument by price levels.
///
/// ```
/// OrderBook book;
/// book.reset(snapshot);
/// book.apply(update);
/// if (auto bid = book.best_bid()) use(bid->price, bid->quantity);
/// ```
/// Applies what it is given; `DepthSync` decides what that is. Thread-safety: none.
class OrderBook {
 public:
  /// Forgets everything and takes over the snapshot. Requires: levels as DepthSync accepts them.
  /// O(levels).
  void reset(const DepthSnapshot& snapshot);
  /// Sets every level of the update. See BookSide::set for the cost.
  void apply(const DepthUpdate& update);
  /// Sets one level of one side; quantity 0 removes it.
  void apply(Side side, Level level);

  [[nodiscard]] std::optional<Level> best_bid() const { return bids_.best(); }
  [[nodiscard]] std::optional<Level> best_ask() const { return asks_.best(); }
  [[nodiscard]] const BookSide<Side::bid>& bids() const { return bids_; }
  [[nodiscard]] const BookSide<Side::ask>& asks() const { return asks_; }

  /// Same levels on both sides.
  bool operator==(const OrderBook&) const = default;

 private:
  BookSide<Side::bid> bids_;
  BookSide<Side::ask> asks_;
};

/// The REST answer of a venue with this book:
/// `{"lastUpdateId":..,"bids":[["p","q"],..],"asks":[..]}`, every level, best first. O(levels).
[[nodiscard]] std::string snapshot_json(const OrderBook& book, std::uint64_t last_update_id);

}  // namespace arbitrage
