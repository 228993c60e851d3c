#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "arbitrage/market/decimal.hpp"
#include "arbitrage/signals/basis_band.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/settings.hpp"

namespace arbitrage {

/// What an ArbitrageDetector looks at and when it speaks.
///
/// The defaults suit BTC and ETH on Binance's three markets: bases there have standard deviations
/// of 0.6 to 1 bp.
struct DetectorOptions {
  std::uint32_t index = 0;                 ///< Its own, in the order of the topology's detectors.
  std::vector<std::uint32_t> instruments;  ///< Of one base asset, in topology order; two or more.

  BandOptions band;
  /// How many standard deviations the band reaches to either side of the mean, as an exact decimal.
  Decimal deviations = 2 * kDecimalScale;
  /// How far beyond the band the basis must be, in 1e-8: 0.5 bp, the four fees of a round trip (see
  /// StrategyOptions::fee) and a little more.
  std::int64_t cost = 5'000;
  /// No exit sooner after an entry, no entry sooner after an exit. Spot sends its depth every 100
  /// ms, so what moves all markets looks like a basis that long; twice that makes it one event.
  std::chrono::nanoseconds pause = std::chrono::milliseconds{200};

  /// The keys that `from` reads, for the check of a topology.
  [[nodiscard]] static std::vector<mycelium::SettingSpec> settings();
  /// The defaults with what is set; `index` and `instruments` are the caller's to fill in. Errors:
  /// as Settings, and `setting_invalid` for a value out of range.
  [[nodiscard]] static mycelium::Result<DetectorOptions> from(const mycelium::Settings& settings);
};

}  // namespace arbitrage
