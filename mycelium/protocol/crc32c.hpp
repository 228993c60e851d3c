#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mycelium {

/// CRC-32C (Castagnoli; RFC 3720, B.4) of `bytes`, going on from the CRC of what came before them.
/// With the processor's instruction where it has one. Thread-safety: a free function.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes,
                                   std::uint32_t before = 0) noexcept;

namespace detail {

/// The same from a table, on every processor.
[[nodiscard]] std::uint32_t crc32c_by_table(std::span<const std::byte> bytes,
                                            std::uint32_t before) noexcept;

}  // namespace detail
}  // namespace mycelium
