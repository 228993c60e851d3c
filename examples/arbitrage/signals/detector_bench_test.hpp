#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arbitrage/signals/arbitrage_detector.hpp"
#include "arbitrage/signals/signals_test.hpp"
#include "mycelium/testing/capture.hpp"

// For tests only: a detector with what it needs around it.
namespace arbitrage::testing {

inline constexpr std::int64_t kMs = 1'000'000;
// Not 0, 1, 2: indices are the topology's, not the detector's.
inline constexpr std::uint32_t kSpot = 3;
inline constexpr std::uint32_t kFuture = 5;
inline constexpr std::uint32_t kCoin = 8;

inline DetectorOptions quick_options(std::vector<std::uint32_t> instruments = {kSpot, kFuture}) {
  DetectorOptions options;
  options.index = 1;
  options.instruments = std::move(instruments);
  options.band = {.window = std::chrono::seconds{1},
                  .sample_every = std::chrono::milliseconds{10},
                  .warm_up = std::chrono::milliseconds{100},
                  .hold_max = std::chrono::seconds{2}};
  options.cost = 5 * 10'000;  // 5 bp.
  options.pause = std::chrono::nanoseconds{0};
  return options;
}

/// A detector with captured publishers, and quotes around a price of 10,000.
struct Bench {
  explicit Bench(DetectorOptions chosen = quick_options()) : options{std::move(chosen)} {}

  /// The middle is so many bp above 10,000.
  Quote quote(std::uint32_t instrument, std::int64_t time_ms, std::int64_t bp) {
    const Decimal middle = units(10'000) + units(bp);
    return {.at = {time_ms * kMs, instrument, ++sequence},
            .read_ns = time_ms,
            .instrument = instrument,
            .bid = at_price(middle - units(1) / 10),
            .ask = at_price(middle + units(1) / 10)};
  }
  /// Spot at +2, -2, +2 ... bp and the future at 0, for `rounds` times 10 ms; returns the time
  /// after it.
  std::int64_t settle(std::int64_t from_ms, int rounds) {
    std::int64_t now_ms = from_ms;
    for (int round = 0; round < rounds; ++round, now_ms += 10) {
      detector.handle(quote(kSpot, now_ms, round % 2 == 0 ? 2 : -2));
      detector.handle(quote(kFuture, now_ms + 1, 0));
    }
    return now_ms;
  }
  void finish() {
    for (const std::uint32_t instrument : options.instruments) {
      detector.advance({EventTime::end(), instrument});
    }
  }

  DetectorOptions options;
  mycelium::testing::Capture<Signal> signals;
  mycelium::testing::Capture<Watermark> watermarks;
  std::shared_ptr<DetectorBoard> board = std::make_shared<DetectorBoard>();
  ArbitrageDetector detector{options, signals.publisher(), watermarks.publisher(), board};
  std::uint64_t sequence = 0;
};

}  // namespace arbitrage::testing
