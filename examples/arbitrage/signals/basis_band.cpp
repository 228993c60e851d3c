#include "arbitrage/signals/basis_band.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace arbitrage {
namespace {

// Rounds towards minus infinity, so that grid points are evenly spaced across the epoch too.
std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

BasisBand::BasisBand(const BandOptions& options)
    : sample_every_ns_{options.sample_every.count()},
      samples_min_{0},
      hold_max_ns_{options.hold_max.count()} {
  MYCELIUM_ASSERT(sample_every_ns_ > 0, "a band is sampled on a grid of a positive width");
  const std::int64_t samples = options.window.count() / sample_every_ns_;
  MYCELIUM_ASSERT(samples >= 2 && samples <= kSamplesMax, "a window has 2 to kSamplesMax samples");
  samples_min_ = options.warm_up.count() / sample_every_ns_;
  MYCELIUM_ASSERT(samples_min_ >= 2 && samples_min_ <= samples,
                  "the warm-up has two samples or more and is no longer than the window");
  MYCELIUM_ASSERT(hold_max_ns_ >= 0, "a basis is held for some time or not at all");
  window_.resize(static_cast<std::size_t>(samples));
}

void BasisBand::update(std::int64_t time_ns, std::int64_t basis) {
  pass_grid_points(time_ns);
  basis_ = std::clamp(basis, -kBasisMax, kBasisMax);
}

void BasisBand::interrupt(std::int64_t time_ns) {
  pass_grid_points(time_ns);
  basis_.reset();
}

void BasisBand::pass_grid_points(std::int64_t time_ns) {
  if (!grid_point_) {
    grid_point_ = floor_divide(time_ns, sample_every_ns_);
    updated_ns_ = time_ns;
    return;
  }
  const std::int64_t now_ns = std::max(time_ns, updated_ns_);
  const std::int64_t reached = floor_divide(now_ns, sample_every_ns_);
  if (reached > *grid_point_) {
    // Of a silence longer than the window only its last window matters.
    const auto samples = static_cast<std::int64_t>(window_.size());
    const bool whole_window = Wide{reached} - *grid_point_ > samples;
    const std::int64_t from = whole_window ? reached - samples + 1 : *grid_point_ + 1;
    for (std::int64_t point = from; point <= reached; ++point) {
      const bool held = Wide{point} * sample_every_ns_ - updated_ns_ <= hold_max_ns_;
      set_sample(point, held ? basis_ : std::nullopt);
    }
    grid_point_ = reached;
    compute_band();
  }
  updated_ns_ = now_ns;
}

void BasisBand::set_sample(std::int64_t grid_point, std::optional<std::int64_t> basis) {
  const auto samples = static_cast<std::int64_t>(window_.size());
  const std::int64_t slot = grid_point - floor_divide(grid_point, samples) * samples;
  std::optional<std::int64_t>& sample = window_[static_cast<std::size_t>(slot)];
  if (sample) {
    --count_;
    sum_ -= *sample;
    sum_of_squares_ -= Wide{*sample} * *sample;
  }
  sample = basis;
  if (sample) {
    ++count_;
    sum_ += *sample;
    sum_of_squares_ += Wide{*sample} * *sample;
  }
}

void BasisBand::compute_band() {
  band_.reset();
  if (count_ < samples_min_) return;
  // Variance = (n * sum of squares - square of the sum) / n^2, exact up to the root. The largest
  // product is below 2^113: (kSamplesMax * kBasisMax)^2.
  const Wide spread = count_ * sum_of_squares_ - sum_ * sum_;
  const std::uint64_t root = square_root(static_cast<UnsignedWide>(spread));
  band_ = Band{.mean = static_cast<std::int64_t>(sum_ / count_),
               .deviation = static_cast<std::int64_t>(root) / count_};
}

}  // namespace arbitrage
