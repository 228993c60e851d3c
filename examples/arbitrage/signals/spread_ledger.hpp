#pragma once

#include <cstdint>
#include <vector>

#include "arbitrage/messages.hpp"
#include "arbitrage/signals/wide.hpp"

namespace arbitrage {

/// What a strategy holds and what it has made: exact bookkeeping of spread trades, without any
/// decision.
///
/// A long spread is bought at the first's ask and sold at the second's bid, and closed at the
/// opposite prices; a short spread is its mirror. Every trade is `quantity` of the base asset in
/// each leg; what is held is valued as if it were sold (or bought back) at the last prices known.
/// All arithmetic is in integers: cash counts 1e-16 of the quote currency, and only a fee's last
/// digit is rounded, towards 0. All instruments count as linear and divisible, COIN-M included.
/// Thread-safety: none. Memory: one entry per instrument and one per pair that has traded.
class SpreadLedger {
 public:
  /// Of the base asset; keeps every product far inside of 128 bits.
  static constexpr Decimal kQuantityMax = 10'000 * kDecimalScale;
  /// A tenth of the notional.
  static constexpr std::int64_t kFeeMax = kDecimalScale / 10;

  /// `fee` is charged on every leg, in 1e-8 of its notional. Requires: 0 < quantity <=
  /// kQuantityMax, 0 <= fee <= kFeeMax.
  SpreadLedger(const std::vector<std::uint32_t>& instruments, Decimal quantity, std::int64_t fee);

  /// Trades as the signal says, at its prices. An entry in the direction that is already held
  /// changes only the prices, one in the opposite direction closes first; so does an exit without a
  /// position change only the prices. False, and nothing changes: one of its instruments is none of
  /// this ledger's.
  [[nodiscard]] bool apply(const Signal& signal);

  /// Units of the base asset in the first legs of all pairs.
  [[nodiscard]] Decimal position() const noexcept;
  /// Realised, and open at the last prices known, rounded towards 0; fees inside.
  [[nodiscard]] Decimal pnl() const noexcept;

 private:
  struct Holding {
    std::uint32_t instrument = 0;
    Decimal quantity = 0;  // Below 0: sold short.
    Level bid{};
    Level ask{};
  };
  struct Spread {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    int direction = 0;  // Of the first leg: 1 long, -1 short, 0 none.
  };

  [[nodiscard]] Holding* find_holding(std::uint32_t instrument) noexcept;
  [[nodiscard]] Spread& spread_of(const Signal& signal);
  void move_to(int direction, Spread& spread, Holding& first, Holding& second);
  void trade(Holding& holding, int direction);

  Decimal quantity_;
  std::int64_t fee_;
  Wide cash_ = 0;  // 1e-16 of the quote currency.
  std::vector<Holding> holdings_;
  std::vector<Spread> spreads_;
};

}  // namespace arbitrage
