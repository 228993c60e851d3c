#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "arbitrage/signals/wide.hpp"

namespace arbitrage {

/// Over what a band is formed. All times are event time.
struct BandOptions {
  std::chrono::nanoseconds window = std::chrono::seconds{60};
  /// Grid on which the basis is sampled: as often as the slowest market (spot) sends its depth.
  std::chrono::nanoseconds sample_every = std::chrono::milliseconds{100};
  /// No band before so much time has been sampled; more than enough to outlast one excursion.
  std::chrono::nanoseconds warm_up = std::chrono::seconds{10};
  /// A basis counts as long after its last update as this, then it is unknown.
  std::chrono::nanoseconds hold_max = std::chrono::seconds{5};

  bool operator==(const BandOptions&) const = default;
};

/// Mean and standard deviation, in the unit of what was sampled, both rounded towards 0.
struct Band {
  std::int64_t mean = 0;
  std::int64_t deviation = 0;

  bool operator==(const Band&) const = default;
};

/// The rolling mean and standard deviation of a basis over a sliding window of event time.
///
/// The basis holds from one update to the next; its value just before every point of a fixed grid
/// (whole multiples of `sample_every` since the epoch) is one sample. So every moment weighs the
/// same however often prices change, memory does not depend on the rate of messages, and the same
/// events give the same band wherever the stream is cut. Sums are exact integers: nothing is lost
/// or gathered when samples leave the window, and no result depends on the processor.
/// ```
/// band.update(quote.at.time_ns, basis);
/// if (band.band()) compare(basis, band.band()->mean, band.band()->deviation);
/// ```
/// Thread-safety: none. Memory: 16 bytes per sample of the window, allocated at construction.
class BasisBand {
 public:
  /// Samples of one window: an hour at 100 ms has 36,000.
  static constexpr std::int64_t kSamplesMax = 65'536;
  /// What lies outside of +-this counts as this: ten thousand times the price, and the sums cannot
  /// overflow.
  static constexpr std::int64_t kBasisMax = 1'000'000'000'000;

  /// Requires: 0 < sample_every, 2 <= window / sample_every <= kSamplesMax, 2 * sample_every <=
  /// warm_up <= window, hold_max >= 0.
  explicit BasisBand(const BandOptions& options);

  /// From `time_ns` on the basis is this. A time before that of an earlier call counts as that one.
  /// O(1) but for the grid points passed, of which at most one window is looked at.
  void update(std::int64_t time_ns, std::int64_t basis);
  /// From `time_ns` on nobody knows the basis: no samples until the next update.
  void interrupt(std::int64_t time_ns);

  /// The band of the samples of the window that ends at the last grid point; nothing while they are
  /// fewer than `warm_up` asks for.
  [[nodiscard]] const std::optional<Band>& band() const noexcept { return band_; }
  /// Samples in the window now.
  [[nodiscard]] std::int64_t samples() const noexcept { return count_; }

 private:
  void pass_grid_points(std::int64_t time_ns);
  void set_sample(std::int64_t grid_point, std::optional<std::int64_t> basis);
  void compute_band();

  std::int64_t sample_every_ns_;
  std::int64_t samples_min_;
  std::int64_t hold_max_ns_;

  std::vector<std::optional<std::int64_t>> window_;  // By grid point modulo its size.
  std::optional<std::int64_t> grid_point_;           // The last one passed.
  std::optional<std::int64_t> basis_;                // In force since updated_ns_.
  std::int64_t updated_ns_ = 0;
  // Of the samples in the window.
  std::int64_t count_ = 0;
  Wide sum_ = 0;
  Wide sum_of_squares_ = 0;
  std::optional<Band> band_;
};

}  // namespace arbitrage
