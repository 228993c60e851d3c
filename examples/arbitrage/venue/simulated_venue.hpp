#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "arbitrage/venue/simulated_market.hpp"
#include "arbitrage/venue/venue.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// What a simulated venue is made from. Venues that trade with each other need the same seed and
/// start.
struct SimulatedVenueOptions {
  std::uint64_t seed = 1;
  /// When the first frames come, ns since the epoch; fixed, never the wall clock. 0 to 2^62.
  std::int64_t start_ns = 1'723'161'255'000'000'000;
  /// Ends after this many frames; 0 = no limit.
  std::uint64_t frames = 0;
  /// Ends before the first event this long after the start; 0 = no limit. Up to 100 years.
  std::chrono::nanoseconds duration = std::chrono::seconds{300};
};

/// A market made up from a seed, speaking Binance's wire: no file and no network.
///
/// One instrument's raw frames as a recording has them: depth updates, trades and tickers with one
/// chain of update ids, and after a quarter of a second the REST snapshot, whose id lies inside an
/// earlier update. The six instruments of BTC and ETH together make about 960 frames per second of
/// their time, like the recording of 2024-08-08. All numbers are integers, so equal options give
/// equal bytes on every machine. Prices of one asset agree across venues up to a wandering basis
/// (see simulated::FairPrice), though the venues share nothing and may live in different threads.
///
/// ```
/// auto venue = make_simulated_venue("usdm_btcusdt", {.seed = 7});
/// while ((*venue)->next_time()) handle(*(*venue)->next());
/// ```
/// Thread-safety: none; independent venues are independent. Memory: below 200 KiB. Nothing is
/// allocated once the largest frame has been seen, snapshots excepted.
class SimulatedVenue final : public Venue {
 public:
  /// Errors: `unknown_instrument`, `bad_option`.
  static mycelium::Result<std::unique_ptr<SimulatedVenue>> open(
      std::string_view instrument, const SimulatedVenueOptions& options = {});

  std::optional<std::int64_t> next_time() override;
  /// Never fails.
  mycelium::Result<RawFrame> next() override;
  /// The book now. It may be ahead of the frames consumed, never behind, by the rest of one event
  /// (a trade's ticker, say); its id lies in the updates that follow, as a real answer's does.
  mycelium::Result<std::string> snapshot() override;
  std::string_view end_error() const override { return {}; }
  /// By its own time; by frames where only they are limited.
  std::uint64_t progress_ppm() const override;

  /// The venue's own book, just after a depth frame exactly the one at that frame's last update id.
  const simulated::SimulatedBook& book() const { return market_.book(); }
  /// The id of the newest change of the book.
  std::uint64_t last_update_id() const { return market_.last_update_id(); }
  const simulated::Instrument& instrument() const { return instrument_; }

 private:
  SimulatedVenue(const simulated::Instrument& instrument, const SimulatedVenueOptions& options);

  simulated::Instrument instrument_;
  simulated::SimulatedMarket market_;
  std::uint64_t frames_max_;
  std::int64_t start_ns_;
  std::int64_t time_ns_;  // Of the last frame consumed.
  std::int64_t end_ns_;
  std::uint64_t frames_consumed_ = 0;
  std::size_t frame_index_ = 0;  // In the market's last event.
};

/// The venue of one instrument: `spot_<asset>usdt`, `usdm_<asset>usdt` or `cm_<asset>usd_perp`.
/// Errors: `unknown_instrument`; `bad_option` for a time that is negative or out of range.
mycelium::Result<std::unique_ptr<Venue>> make_simulated_venue(
    std::string_view instrument, const SimulatedVenueOptions& options = {});

}  // namespace arbitrage
