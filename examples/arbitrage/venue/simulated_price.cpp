#include "arbitrage/venue/simulated_price.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace arbitrage::simulated {
namespace {

constexpr std::int64_t kStepNs = 10'000'000;

// The asset's walk: about 1 bp a second, now and then a burst; pulled back over 44 minutes, so that
// a run of any length stays within about 40 bp (one sd) of where it began.
constexpr std::int64_t kWalkStepMax = 150'000;
constexpr std::uint64_t kBurstOneIn = 256;
constexpr std::int64_t kBurstFactor = 8;
constexpr std::int64_t kWalkRelaxation = 1 << 18;

constexpr std::int64_t kDriftRelaxation = 2'048;   // 20 s
constexpr std::int64_t kExcursionRelaxation = 32;  // 0.32 s

// 1,000 bp. Never reached in practice; makes every product below fit into 64 bits for certain.
constexpr std::int64_t kOffsetMax = 1'000'000'000;
constexpr std::int64_t kOne = 10'000'000'000;  // Millionths of a basis point in 100 %.

}  // namespace

FairPrice::FairPrice(std::uint64_t seed, const Instrument& instrument, std::int64_t start_ns)
    : asset_random_{stream_seed(seed, instrument.asset)},
      basis_random_{stream_seed(seed, "basis of " + instrument.name)},
      basis_{instrument.basis},
      start_price_e4_{instrument.price_e4},
      next_step_ns_{start_ns} {
  step();
}

std::int64_t FairPrice::at(std::int64_t time_ns) {
  MYCELIUM_DASSERT(time_ns >= next_step_ns_ - kStepNs, "simulated time never goes back");
  while (next_step_ns_ <= time_ns) step();
  return price_e4_;
}

void FairPrice::step() {
  next_step_ns_ += kStepNs;
  std::int64_t move = asset_random_.between(-kWalkStepMax, kWalkStepMax);
  if (asset_random_.below(kBurstOneIn) == 0) move *= kBurstFactor;
  walk_ += move - walk_ / kWalkRelaxation;
  walk_ = std::clamp(walk_, -kOffsetMax, kOffsetMax);

  if (basis_.excursion_max > 0) {
    drift_ += basis_random_.between(-basis_.drift_step_max, basis_.drift_step_max) -
              drift_ / kDriftRelaxation;
    excursion_ -= excursion_ / kExcursionRelaxation;
    if (basis_random_.below(basis_.excursion_one_in) == 0) {
      const std::int64_t size = basis_random_.between(basis_.excursion_min, basis_.excursion_max);
      excursion_ += basis_random_.below(2) == 0 ? size : -size;
    }
  }
  const std::int64_t offset =
      std::clamp(walk_ + basis_.mean + drift_ + excursion_, -kOffsetMax, kOffsetMax);
  price_e4_ = start_price_e4_ + start_price_e4_ * offset / kOne;
}

}  // namespace arbitrage::simulated
