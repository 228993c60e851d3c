#include "arbitrage/view/figures.hpp"

#include <algorithm>

#include "mycelium/telemetry/histogram.hpp"

namespace arbitrage {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;

InstrumentFigures figures_of(const InstrumentBoard& board) {
  InstrumentFigures figures;
  figures.name = board.name;
  figures.frames = board.frames.value();
  figures.bad_frames = board.bad_frames.value();
  figures.missed = board.missed.value();
  figures.depth_applied = board.depth_applied.value();
  figures.depth_dropped = board.depth_dropped.value();
  figures.gaps = board.gaps.value();
  figures.snapshots = board.snapshots.value();
  figures.trades = board.trades.value();
  figures.traded_quantity = board.traded_quantity.value();
  figures.taker_buy_quantity = board.taker_buy_quantity.value();
  figures.last_update_id = board.last_update_id.value();
  figures.best_bid = {board.bid_price.value(), board.bid_quantity.value()};
  figures.best_ask = {board.ask_price.value(), board.ask_quantity.value()};
  figures.bid_levels = static_cast<std::uint64_t>(board.bid_levels.value());
  figures.ask_levels = static_cast<std::uint64_t>(board.ask_levels.value());
  figures.tickers_equal = board.tickers_equal.value();
  figures.tickers_compared = board.tickers_compared.value();
  figures.time_ns = board.time_ns.value();
  figures.progress_ppm =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(board.progress_ppm.value(), 0, kMillion));
  figures.stale = board.stale.value() != 0;
  return figures;
}

void add_instruments(Figures& figures, const JobBoards& boards) {
  std::uint64_t progress = 0;
  for (const auto& board : boards.instruments) {
    const InstrumentFigures& added = figures.instruments.emplace_back(figures_of(*board));
    figures.frames += added.frames;
    figures.bad_frames += added.bad_frames;
    figures.missed += added.missed;
    figures.time_ns = std::max(figures.time_ns, added.time_ns);
    progress += added.progress_ppm;
  }
  if (!boards.instruments.empty()) {
    figures.progress_ppm = static_cast<std::uint32_t>(progress / boards.instruments.size());
  }
}

void add_strategies(Figures& figures, const JobBoards& boards) {
  mycelium::Histogram latency;
  for (const auto& [name, board] : boards.strategies) {
    figures.strategies.push_back({name, board->position(), board->pnl(), board->signals()});
    latency.add(board->latency());
  }
  figures.latency = {latency.count(), latency.quantile(0.5), latency.quantile(0.99)};
  if (boards.log != nullptr) figures.signals = boards.log->signals();
}

}  // namespace

Figures collect(mycelium::System& system, const JobBoards& boards) {
  Figures figures;
  figures.source = boards.source;
  figures.speed = boards.speed;
  figures.start_ns = boards.start_ns;
  figures.time_ns = boards.start_ns;
  add_instruments(figures, boards);
  add_strategies(figures, boards);
  figures.actors = system.actors();
  figures.restarts = system.restarts();
  figures.dead_letters = system.dead_letters().total();
  figures.dropped = system.topics().dropped();
  return figures;
}

}  // namespace arbitrage
