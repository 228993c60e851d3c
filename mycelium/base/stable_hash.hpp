#pragma once

#include <cstdint>
#include <string_view>

namespace mycelium {

/// A hash of text that is the same on every machine, in every process and in every version: FNV-1a,
/// 64 bits (Fowler, Noll and Vo). For names and keys, not against an attacker.
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : text)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return hash;
}

/// The step of splitmix64: the golden ratio's fraction of 2^64.
inline constexpr std::uint64_t kGoldenGamma = 0x9E3779B97F4A7C15U;

/// Spreads the bits of a number over all 64, one to one: the finaliser of splitmix64 (Steele, Lea
/// and Flood). As stable as `stable_hash`.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t value) noexcept {
  value += kGoldenGamma;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

}  // namespace mycelium
