#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace arbitrage {

/// One frame as a venue sent it.
struct RawFrame {
  std::int64_t time_ns = 0;  ///< When it was received, ns since the epoch; never decreases.
  std::string_view json;     ///< Valid until the next call on the venue.
};

/// One instrument's connection to a market: a recording played again, or a simulated order flow.
///
/// A venue lives outside the feed actor that reads it and outlasts its restarts, as a real venue
/// does. Thread-safety: none; used by one feed at a time.
class Venue {
 public:
  virtual ~Venue() = default;

  /// The time of the next frame (or bad line), without consuming it; nothing at the end of the
  /// data.
  virtual std::optional<std::int64_t> next_time() = 0;

  /// Consumes the next line. Requires: next_time() has a value.
  /// Errors: `bad_line` for a line that is no frame (the rest goes on).
  virtual mycelium::Result<RawFrame> next() = 0;

  /// A depth snapshot of the venue's own book after all that was consumed or skipped so far, as its
  /// REST answer would be: `{"lastUpdateId":..,"bids":[["p","q"],..],"asks":[..]}` with every
  /// level.
  virtual mycelium::Result<std::string> snapshot() = 0;

  /// Set when the data ended early (a truncated archive): what happened. Empty after a clean end.
  virtual std::string_view end_error() const = 0;

  /// How much of the data has been consumed, in millionths; 0 where that is unknown.
  virtual std::uint64_t progress_ppm() const { return 0; }
};

}  // namespace arbitrage
