#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arbitrage/market/decimal.hpp"
#include "arbitrage/signals/signal_log.hpp"
#include "arbitrage/signals/spread_strategy.hpp"
#include "arbitrage/stages/instrument_board.hpp"
#include "mycelium/actor/system.hpp"

namespace arbitrage {

/// Where the figures of a run are read from: what the actors write and people look at. Filled in
/// before anything starts.
struct JobBoards {
  std::string source;         ///< For people: where the frames come from.
  std::uint32_t speed = 0;    ///< Recorded seconds in a second; 0: as fast as the machine goes.
  std::int64_t start_ns = 0;  ///< Of the recording, ns since 1970-01-01 UTC.
  std::vector<std::shared_ptr<InstrumentBoard>> instruments;
  /// With the names of the strategies.
  std::vector<std::pair<std::string, std::shared_ptr<StrategyBoard>>> strategies;
  std::shared_ptr<SignalLog> log;  ///< May be null: no signals then.
};

/// A price and how much of the base asset (of contracts, COIN-M) there is at it; 0 and 0: none.
struct PriceLevel {
  Decimal price = 0;
  Decimal quantity = 0;

  bool operator==(const PriceLevel&) const = default;
};

struct InstrumentFigures {
  std::string name;
  std::uint64_t frames = 0;
  std::uint64_t bad_frames = 0;
  std::uint64_t missed = 0;
  std::uint64_t depth_applied = 0;
  std::uint64_t depth_dropped = 0;
  std::uint64_t gaps = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t trades = 0;
  Decimal traded_quantity = 0;
  Decimal taker_buy_quantity = 0;
  std::int64_t last_update_id = 0;
  PriceLevel best_bid;
  PriceLevel best_ask;
  std::uint64_t bid_levels = 0;
  std::uint64_t ask_levels = 0;
  std::uint64_t tickers_equal = 0;
  std::uint64_t tickers_compared = 0;
  std::int64_t time_ns = 0;  ///< Of its last frame; 0 before the first.
  std::uint32_t progress_ppm = 0;
  bool stale = false;  ///< Its feed waits for a snapshot.
};

struct StrategyFigures {
  std::string name;
  Decimal position = 0;
  Decimal pnl = 0;
  std::uint64_t signals = 0;
};

/// From reading a frame to the signal's arrival at its strategy, ns.
struct LatencyFigures {
  std::uint64_t count = 0;
  std::uint64_t p50 = 0;
  std::uint64_t p99 = 0;
};

/// Everything that is shown of a run, at one moment: plain values, no more ties to what runs.
///
/// Each value is true by itself; two of them may be some messages apart.
struct Figures {
  std::string source;
  std::uint32_t speed = 0;
  std::int64_t start_ns = 0;
  std::int64_t time_ns =
      0;  ///< Recorded time that the first feed has reached; `start_ns` before the first frame.
  std::uint32_t progress_ppm = 0;  ///< Of all recordings together, in millionths.
  std::vector<InstrumentFigures> instruments;
  std::vector<StrategyFigures> strategies;
  std::vector<mycelium::ActorStatus> actors;
  LatencyFigures latency;
  std::uint64_t frames = 0;
  std::uint64_t bad_frames = 0;
  std::uint64_t missed = 0;
  std::uint64_t signals = 0;
  std::uint64_t restarts = 0;  ///< Of all actors, stopped ones included.
  std::uint64_t dead_letters = 0;
  std::uint64_t dropped = 0;
};

/// The figures now. Any thread. O(actors + topics + buckets of a histogram per strategy).
[[nodiscard]] Figures collect(mycelium::System& system, const JobBoards& boards);

}  // namespace arbitrage
