#include "adapters/torq/crc32.hpp"

#include <array>

namespace torq {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // 0x04C11DB7, its bits reversed.
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

// Table 0 advances the sum by one byte; table N by a byte that N zero bytes follow.
consteval Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = state;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

void Crc32::add(Bytes bytes) noexcept {
  std::uint32_t state = state_;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kSlices; left -= kSlices, at += kSlices) {
    const auto word = load<std::uint64_t>(at) ^ state;
    state = 0;
    for (std::size_t slice = 0; slice < kSlices; ++slice)
      state ^= kTables[kSlices - 1 - slice][(word >> (8 * slice)) & 0xFF];
  }
  for (; left > 0; --left, ++at)
    state = (state >> 8) ^ kTables[0][(state ^ static_cast<std::uint32_t>(*at)) & 0xFF];
  state_ = state;
}

}  // namespace torq
