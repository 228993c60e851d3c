#pragma once

#include <cstdint>
#include <limits>

namespace arbitrage {

/// 128-bit integers, for products and sums of 64-bit ones that must stay exact.
__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

/// The nearest 64-bit number: what lies outside of the range becomes its end.
[[nodiscard]] constexpr std::int64_t saturate(Wide value) noexcept {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (value < kMin) return kMin;
  if (value > kMax) return kMax;
  return static_cast<std::int64_t>(value);
}

/// The largest integer whose square is not above `value`, bit by bit: at most 64 rounds.
[[nodiscard]] constexpr std::uint64_t square_root(UnsignedWide value) noexcept {
  UnsignedWide bit = UnsignedWide{1} << 126U;
  while (bit > value) bit >>= 2U;
  UnsignedWide root = 0;
  for (; bit != 0; bit >>= 2U) {
    if (value >= root + bit) {
      value -= root + bit;
      root = (root >> 1U) + bit;
    } else {
      root >>= 1U;
    }
  }
  return static_cast<std::uint64_t>(root);
}

}  // namespace arbitrage
