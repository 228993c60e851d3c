#pragma once

#include <atomic>
#include <string>

#include "mycelium/telemetry/counter.hpp"
#include "mycelium/telemetry/gauge.hpp"

namespace arbitrage {

/// What is known of one instrument, for the live view and the summary. Outlives the restarts of the
/// actors that write it.
///
/// Thread-safety: each value has one writer, the actor named beside it; any thread reads.
struct InstrumentBoard {
  std::string name;  // Set once.

  // The feed.
  mycelium::Counter frames;         ///< Frames handled.
  mycelium::Counter bad_frames;     ///< Lines that were no frame, or frames that could not be read.
  mycelium::Counter missed;         ///< Frames due while the feed was down.
  mycelium::Counter depth_dropped;  ///< Updates older than the snapshot.
  mycelium::Counter gaps;           ///< Times that updates were missing.
  mycelium::Counter snapshots;      ///< Accepted ones.
  mycelium::Gauge time_ns;          ///< Of the last frame.
  mycelium::Gauge progress_ppm;     ///< How much of the data has been read, in millionths.
  mycelium::Gauge stale;            ///< 1 while the feed waits for a snapshot.

  // The book builder; prices and quantities are Decimal.
  mycelium::Counter depth_applied;
  mycelium::Counter trades;
  mycelium::Gauge traded_quantity;
  mycelium::Gauge taker_buy_quantity;
  mycelium::Gauge last_update_id;
  mycelium::Gauge bid_price;
  mycelium::Gauge bid_quantity;
  mycelium::Gauge ask_price;
  mycelium::Gauge ask_quantity;
  mycelium::Gauge bid_levels;
  mycelium::Gauge ask_levels;
  mycelium::Counter tickers_compared;
  mycelium::Counter tickers_equal;
};

}  // namespace arbitrage
