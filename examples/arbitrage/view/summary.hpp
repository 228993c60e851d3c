#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// What a run has come to, in two forms: JSON for programs, a table for people.
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

  /// One JSON object, indented, with a line end behind it. Prices, quantities, positions and PnL are decimal strings, because
  /// a JSON number is a double to most readers; a side of a book without levels has price and quantity "0".
  ///
  ///     { frames, bad_frames, missed, signals, restarts, dropped, dead_letters, seconds, signals_sha256,
  ///       frames_per_second, latency_ns: {p50, p99}, strategies: { NAME: {position, pnl, signals} },
  ///       instruments: { NAME: { frames, depth_applied, depth_dropped, trades, traded_quantity, taker_buy_quantity,
  ///                              last_update_id, best_bid: [price, quantity], best_ask: [price, quantity],
  ///                              levels: [bid, ask], ticker_matches: [equal, compared] } } }
  [[nodiscard]] std::string to_json() const;

  /// Aligned tables, for the end of a run.
  [[nodiscard]] std::string to_text() const;
};

/// Whether a summary could be written there, without a change to what is there: to refuse before a run and not after it.
/// Errors: `not_writable` with the path and the system's reason.
[[nodiscard]] mycelium::Result<void> check_writable(const std::filesystem::path& path);

/// Writes the JSON form: to a new file that takes the old one's place when it is complete, or directly to what is no regular
/// file (/dev/stdout, a pipe). Errors: `not_writable`, and `write_failed` when the disk is full or the reader has gone.
[[nodiscard]] mycelium::Result<void> write_summary(const std::filesystem::path& path, const Summary& summary);

}  // namespace arbitrage
