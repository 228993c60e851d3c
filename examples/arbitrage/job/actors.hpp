#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/job/job_options.hpp"
#include "arbitrage/job/market.hpp"
#include "arbitrage/signals/arbitrage_detector.hpp"
#include "arbitrage/signals/signal_log.hpp"
#include "arbitrage/signals/spread_strategy.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/topology.hpp"
#include "mycelium/node/app.hpp"

namespace arbitrage {

/// Everything of one run that outlives the restarts of its actors, and the actors' names in their
/// orders.
///
/// Thread-safety: filled in before anything starts, then only read; the boards say who writes them.
struct JobState {
  JobOptions options;
  Market market;
  std::vector<std::string> detectors;
  std::vector<std::string> strategies;
  std::vector<DetectorOptions> detector_options;                ///< By detector.
  std::vector<std::shared_ptr<DetectorBoard>> detector_boards;  ///< By detector.
  std::vector<std::shared_ptr<StrategyBoard>> strategy_boards;  ///< By strategy.
  std::shared_ptr<SignalLog> log;
  mycelium::Instant started{};  ///< Before the first byte was read.
  std::optional<mycelium::Instant>
      ended;  ///< When the last stage had seen the end; read it once all has stopped.

  /// Opens the venues and the output and checks what names what; changes the topology where
  /// recordings are missing. Errors: as open_market and SignalLog::open; `unknown_name` for a
  /// setting that names what is not there.
  [[nodiscard]] mycelium::Result<void> prepare(mycelium::Topology& topology);
};

/// Names the example's actor classes to the app. `state` is prepared before the first of them
/// starts and outlives the app.
void add_actors(mycelium::App& app, JobState& state);

}  // namespace arbitrage
