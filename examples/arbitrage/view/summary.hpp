#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/output_file.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// What a run has come to, in two forms: JSON for programs, tables for people.
struct Summary {
  std::uint64_t frames = 0;
  std::uint64_t bad_frames = 0;
  std::uint64_t missed = 0;
  std::uint64_t signals = 0;
  std::uint64_t restarts = 0;
  std::uint64_t dropped = 0;
  std::uint64_t dead_letters = 0;
  std::chrono::nanoseconds duration{0};  ///< From the first byte read to the last handler done.
  std::string signals_sha256;
  LatencyFigures latency;
  std::vector<StrategyFigures> strategies;
  std::vector<InstrumentFigures> instruments;

  /// Takes over all figures. `signals_sha256`: `SignalLog::sha256`, once the log is closed.
  [[nodiscard]] static Summary of(const Figures& figures, std::chrono::nanoseconds duration,
                                  std::string signals_sha256);

  /// Whole frames in a second; 0 when no time has passed.
  [[nodiscard]] std::uint64_t frames_per_second() const;

  /// One JSON object, indented, with a line end behind it. Prices, quantities, positions and PnL
  /// are decimal strings, because a JSON number is a double to most readers; a side of a book
  /// without levels has price and quantity "0".
  ///
  ///     { frames, bad_frames, missed, signals, restarts, dropped, dead_letters, seconds,
  ///       signals_sha256, frames_per_second,
  ///       latency_ns: {p50, p99},
  ///       strategies: { NAME: {position, pnl, signals} },
  ///       instruments: { NAME: { frames, depth_applied, depth_dropped, trades, traded_quantity,
  ///                              taker_buy_quantity, last_update_id, best_bid: [price, quantity],
  ///                              best_ask: [price, quantity], levels: [bid, ask],
  ///                              ticker_matches: [equal, compared] } } }
  [[nodiscard]] std::string to_json() const;

  /// Aligned tables in ASCII, for the end of a run.
  [[nodiscard]] std::string to_text() const;
};

/// Writes the JSON form. Errors: as write_file.
[[nodiscard]] mycelium::Result<void> write_summary(const std::filesystem::path& path,
                                                   const Summary& summary);

}  // namespace arbitrage
