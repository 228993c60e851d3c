#include "arbitrage/signals/spread_strategy.hpp"

#include <algorithm>
#include <expected>
#include <utility>

#include "arbitrage/signals/setting_values.hpp"

namespace arbitrage {

std::vector<mycelium::SettingSpec> StrategyOptions::settings() {
  return {
      {.key = "quantity", .help = "of the base asset in each leg, as \"0.01\""},
      {.key = "fee_bp", .help = "of every leg's notional, in bp, as \"0.1\""},
  };
}

mycelium::Result<StrategyOptions> StrategyOptions::from(const mycelium::Settings& settings) {
  StrategyOptions options;
  const auto quantity = read_decimal(settings, "quantity", options.quantity,
                                     {1, SpreadLedger::kQuantityMax}, "of the base asset");
  if (!quantity) return std::unexpected{quantity.error()};
  options.quantity = *quantity;
  const auto fee = read_basis_points(settings, "fee_bp", options.fee, {0, SpreadLedger::kFeeMax});
  if (!fee) return std::unexpected{fee.error()};
  options.fee = *fee;
  return options;
}

SpreadStrategy::SpreadStrategy(std::shared_ptr<StrategyBoard> board,
                               mycelium::Publisher<StrategyUpdate> updates,
                               mycelium::Publisher<Watermark> watermarks)
    : board_{std::move(board)}, updates_{updates}, output_{watermarks, board_->options().index} {}

void SpreadStrategy::handle(const Signal& signal, mycelium::Context& context) {
  const std::int64_t now_ns = context.clock().monotonic().time_since_epoch().count();
  board_->latency_.record(
      static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns - signal.read_ns, 0)));
  act(signal);
  output_.settle(context);
}

void SpreadStrategy::handle(const Watermark& watermark, mycelium::Context& context) {
  if (watermark.input == board_->options().detector) output_.forward(watermark.upto);
  output_.settle(context);
}

void SpreadStrategy::act(const Signal& signal) {
  StrategyBoard& board = *board_;
  if (!board.ledger_.apply(signal)) {
    board.foreign_.add();
    return;
  }
  const Decimal position = board.ledger_.position();
  const Decimal pnl = board.ledger_.pnl();
  board.position_.store(position, std::memory_order_relaxed);
  board.pnl_.store(pnl, std::memory_order_relaxed);
  board.signals_.add();
  output_.publish(
      updates_,
      StrategyUpdate{
          .signal = signal, .strategy = board.options().index, .position = position, .pnl = pnl});
}

}  // namespace arbitrage
