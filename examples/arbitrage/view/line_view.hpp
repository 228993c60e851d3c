#pragma once

#include <string>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/rates.hpp"
#include "mycelium/base/clock.hpp"

namespace arbitrage {

/// The state of a run in a line, for logs and where there is no terminal.
///
///     54.3 %  2024-08-08 23:57:21.500  180,231 frames  312,345/s  signals 123  pnl strategy.btc
///     +1.25  ...
///
/// Reads no clock. Thread-safety: none.
class LineView {
 public:
  /// `started`: when the run began.
  explicit LineView(mycelium::Instant started) : rates_{started} {}

  /// Without a line end. Meant for once a second.
  [[nodiscard]] std::string line(const Figures& figures, mycelium::Instant now);

 private:
  Rates rates_;
};

}  // namespace arbitrage
