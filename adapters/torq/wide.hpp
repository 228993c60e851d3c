#pragma once

#include <array>
#include <cstdint>

namespace torq {

/// The compiler's own 128-bit integer, for arithmetic.
__extension__ using NativeU128 = unsigned __int128;

/// An amount in native token units, as a message holds it.
///
/// Not the compiler's type: that one asks for 16-byte alignment.
struct U128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  [[nodiscard]] static constexpr U128 of(NativeU128 value) noexcept {
    return {static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64)};
  }
  [[nodiscard]] constexpr NativeU128 value() const noexcept {
    return (static_cast<NativeU128>(high) << 64) | low;
  }
  friend constexpr bool operator==(const U128&, const U128&) = default;
};

/// Of a pool, a token or an account. On the wire 12 zero bytes follow, but for `ArbitrageSignal`.
using Address = std::array<std::uint8_t, 20>;

}  // namespace torq
