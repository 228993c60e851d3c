#include "mycelium/protocol/crc32c.hpp"

#include <array>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace mycelium {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Reflected.
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
    table[byte] = rest;
  }
  return table;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(
    std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  std::uint64_t rest = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    rest = _mm_crc32_u64(rest, word);
  }
  auto low = static_cast<std::uint32_t>(rest);
  for (; left > 0; --left, ++at) low = _mm_crc32_u8(low, static_cast<std::uint8_t>(*at));
  return ~low;
}
#endif

}  // namespace

std::uint32_t detail::crc32c_by_table(std::span<const std::byte> bytes,
                                      std::uint32_t before) noexcept {
  std::uint32_t rest = ~before;
  for (const std::byte byte : bytes)
    rest = kTable[(rest ^ static_cast<std::uint32_t>(byte)) & 0xFF] ^ (rest >> 8);
  return ~rest;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return crc32c_by_instruction(bytes, before);
#endif
  return detail::crc32c_by_table(bytes, before);
}

}  // namespace mycelium
