#pragma once

#include <cstdint>

#include "arbitrage/venue/simulated_instrument.hpp"
#include "mycelium/base/random.hpp"

namespace arbitrage::simulated {

/// The price that an instrument's order flow gathers around, as a function of simulated time.
///
/// It is the asset's price, a random walk that every instrument of the asset computes alike from
/// (seed, asset), moved by the instrument's own basis from (seed, instrument): a mean, a slow
/// wander around it (relaxing in 20 s) and now and then an excursion of several basis points that
/// fades within a second. So two venues agree with each other without sharing anything. Integers
/// only. Thread-safety: none. Memory: constant.
class FairPrice {
 public:
  FairPrice(std::uint64_t seed, const Instrument& instrument, std::int64_t start_ns);

  /// The fair price in 1/10,000 USD. Requires: `time_ns` is not before `start_ns` nor an earlier
  /// call's time. O(10 ms steps since the last call).
  std::int64_t at(std::int64_t time_ns);

 private:
  void step();

  mycelium::Random asset_random_;
  mycelium::Random basis_random_;
  Basis basis_;
  std::int64_t start_price_e4_;
  std::int64_t next_step_ns_;
  // In millionths of a basis point.
  std::int64_t walk_ = 0;
  std::int64_t drift_ = 0;
  std::int64_t excursion_ = 0;
  std::int64_t price_e4_ = 0;
};

}  // namespace arbitrage::simulated
