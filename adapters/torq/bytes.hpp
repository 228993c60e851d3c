#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace torq {

// The wire is little-endian and is read by copy: a payload follows a header of 2 or 5 bytes, so
// nothing in it is aligned.
static_assert(std::endian::native == std::endian::little, "this codec is written for x86 and ARM");

using Bytes = std::span<const std::byte>;

template <typename T>
[[nodiscard]] inline T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T>
inline void store(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace torq
