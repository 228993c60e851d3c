#pragma once

#include <array>
#include <cstdint>

#include "mycelium/base/stable_hash.hpp"

namespace mycelium {

/// Reproducible random integers: xoshiro256** seeded through splitmix64 (Blackman and Vigna, public
/// domain).
///
/// The sequence is fixed by the seed on every machine; only integers are made, so no floating-point
/// rounding enters. Thread-safety: none; each owner has its own. Memory: 32 bytes.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) {
    for (auto& word : state_) word = split_mix(seed);
  }

  /// The next 64 uniformly distributed bits.
  constexpr std::uint64_t next() {
    const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate_left(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound). Requires: bound > 0. The bias (below 2^-32 for bounds below 2^32) is
  /// accepted.
  constexpr std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

  /// Uniform in [low, high]. Requires: low <= high.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t offset = span == UINT64_MAX ? next() : below(span + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
  }

 private:
  __extension__ using Wide = unsigned __int128;

  static constexpr std::uint64_t rotate_left(std::uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
  }
  static constexpr std::uint64_t split_mix(std::uint64_t& seed) {
    const std::uint64_t mixed = mix_bits(seed);
    seed += kGoldenGamma;
    return mixed;
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace mycelium
