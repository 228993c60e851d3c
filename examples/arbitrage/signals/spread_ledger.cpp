#include "arbitrage/signals/spread_ledger.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace arbitrage {

SpreadLedger::SpreadLedger(const std::vector<std::uint32_t>& instruments, Decimal quantity,
                           std::int64_t fee)
    : quantity_{quantity}, fee_{fee} {
  MYCELIUM_ASSERT(quantity > 0 && quantity <= kQuantityMax,
                  "a trade has a quantity within the limit");
  MYCELIUM_ASSERT(fee >= 0 && fee <= kFeeMax, "a fee is a small part of the notional");
  for (const std::uint32_t instrument : instruments)
    holdings_.push_back({.instrument = instrument});
}

SpreadLedger::Holding* SpreadLedger::find_holding(std::uint32_t instrument) noexcept {
  const auto found = std::ranges::find(holdings_, instrument, &Holding::instrument);
  return found == holdings_.end() ? nullptr : &*found;
}

SpreadLedger::Spread& SpreadLedger::spread_of(const Signal& signal) {
  for (Spread& spread : spreads_) {
    if (spread.first == signal.first && spread.second == signal.second) return spread;
  }
  return spreads_.emplace_back(Spread{.first = signal.first, .second = signal.second});
}

bool SpreadLedger::apply(const Signal& signal) {
  Holding* const first = find_holding(signal.first);
  Holding* const second = find_holding(signal.second);
  if (first == nullptr || second == nullptr || first == second) return false;
  first->bid = signal.first_bid;
  first->ask = signal.first_ask;
  second->bid = signal.second_bid;
  second->ask = signal.second_ask;
  Spread& spread = spread_of(signal);
  switch (signal.kind) {
    case SignalKind::enter_long:
      move_to(1, spread, *first, *second);
      break;
    case SignalKind::enter_short:
      move_to(-1, spread, *first, *second);
      break;
    case SignalKind::exit:
      move_to(0, spread, *first, *second);
      break;
  }
  return true;
}

void SpreadLedger::move_to(int direction, Spread& spread, Holding& first, Holding& second) {
  if (direction == spread.direction) return;
  if (spread.direction != 0) {
    trade(first, -spread.direction);
    trade(second, spread.direction);
  }
  if (direction != 0) {
    trade(first, direction);
    trade(second, -direction);
  }
  spread.direction = direction;
}

void SpreadLedger::trade(Holding& holding, int direction) {
  const Wide notional = Wide{direction > 0 ? holding.ask.price : holding.bid.price} * quantity_;
  cash_ -= direction * notional;
  cash_ -= notional * fee_ / kDecimalScale;
  holding.quantity += direction * quantity_;
}

Decimal SpreadLedger::position() const noexcept {
  Decimal position = 0;
  for (const Spread& spread : spreads_) position += spread.direction * quantity_;
  return position;
}

Decimal SpreadLedger::pnl() const noexcept {
  Wide value = cash_;
  for (const Holding& holding : holdings_) {
    value +=
        Wide{holding.quantity} * (holding.quantity > 0 ? holding.bid.price : holding.ask.price);
  }
  return saturate(value / kDecimalScale);
}

}  // namespace arbitrage
