#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/stages/feed_line.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/node/app.hpp"

namespace arbitrage {

/// `--fault feed:INSTRUMENT:AT[:DOWN]`
struct FaultOption {
  std::string instrument;
  FeedFault fault;
};

/// Reads one `--fault`. AT: when the feed throws, in recorded time since the start; DOWN: how long
/// it stays away (default 1s). Errors: `bad_fault` with the form that was expected.
[[nodiscard]] mycelium::Result<FaultOption> parse_fault(std::string_view text);

/// The options that this program adds to the command line of every Mycelium program.
struct JobOptions {
  std::string data;               ///< Folder of recordings; empty: found, or simulated.
  bool simulate = false;          ///< The simulated venue even where recordings are found.
  std::string seed = "1";         ///< Of the simulated venue.
  std::string duration = "300s";  ///< Of the simulated venue, in its own time.
  std::string speed = "max";      ///< 1, 10 or max.
  std::vector<std::string> faults;
  std::string output = "signals.csv";
  std::string summary;    ///< File for the summary as JSON; empty: none.
  bool headless = false;  ///< A line a second even on a terminal.

  /// Adds them all; `this` outlives the app.
  void add_to(mycelium::App& app);

  /// Recorded seconds in a second; 0 for `max`. Requires: checked by the command line.
  [[nodiscard]] std::uint32_t speed_factor() const;
};

}  // namespace arbitrage
