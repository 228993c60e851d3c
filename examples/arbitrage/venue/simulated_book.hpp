#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mycelium/base/assert.hpp"

namespace arbitrage::simulated {

enum class Side : std::uint8_t { bid, ask };

constexpr Side opposite(Side side) { return side == Side::bid ? Side::ask : Side::bid; }

/// What makes a price better on a side: +1 for bids, -1 for asks.
constexpr std::int64_t sign_of(Side side) { return side == Side::bid ? 1 : -1; }

/// Price in ticks, quantity in lots.
struct BookLevel {
  std::int64_t price = 0;
  std::int64_t quantity = 0;

  bool operator==(const BookLevel&) const = default;
};

/// The venue's own order book, with a memory of which levels changed since the last depth frame.
///
/// Thread-safety: none. Memory: grows to the largest book seen, then stays.
class SimulatedBook {
 public:
  explicit SimulatedBook(std::size_t levels_max);

  /// Sets the quantity of a level; 0 removes it. O(log levels + levels better than it).
  void set(Side side, BookLevel level);
  /// The same for a level whose rank is known, without the search. Requires: rank < size(side).
  void set_rank(Side side, std::size_t rank, std::int64_t quantity);

  std::size_t size(Side side) const { return half(side).levels.size(); }

  /// The level at a rank, 0 = best. Requires: rank < size(side).
  BookLevel level(Side side, std::size_t rank) const {
    const auto& levels = half(side).levels;
    MYCELIUM_DASSERT(rank < levels.size(), "a rank within the side");
    const Entry& entry = levels[levels.size() - 1 - rank];
    return {.price = entry.gain * sign_of(side), .quantity = entry.quantity};
  }
  BookLevel best(Side side) const { return level(side, 0); }
  BookLevel worst(Side side) const { return level(side, size(side) - 1); }

  /// True where a change of this price changes the best level: the best itself, or better. Empty
  /// side: true.
  bool reaches_best(Side side, std::int64_t price) const {
    const auto& levels = half(side).levels;
    return levels.empty() || price * sign_of(side) >= levels.back().gain;
  }

  /// True when a level changed since `forget_changes`.
  bool changed() const {
    return !half(Side::bid).changes.empty() || !half(Side::ask).changes.empty();
  }
  /// The levels changed since `forget_changes`, worst first, each price once with its quantity now
  /// (0 = gone). Valid until the next change. O(changes * log changes).
  std::span<const BookLevel> changes(Side side);
  void forget_changes();

 private:
  // A level under its gain, price * sign_of(side): better is larger on both sides.
  struct Entry {
    std::int64_t gain = 0;
    std::int64_t quantity = 0;
  };
  struct Change {
    std::int64_t gain = 0;
    std::int64_t quantity = 0;
    std::size_t order = 0;
  };
  struct Half {
    std::vector<Entry>
        levels;  // Ascending: most changes hit near the best, where few have to move.
    std::vector<Change> changes;  // As they came; a price may be there twice.
    std::vector<BookLevel> sorted_changes;
  };

  static std::size_t find(const std::vector<Entry>& levels, std::int64_t gain);
  static void note(Half& half, std::int64_t gain, std::int64_t quantity);

  const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
  Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }

  std::array<Half, 2> halves_;
};

}  // namespace arbitrage::simulated
