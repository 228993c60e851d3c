#pragma once

#include <cstdint>

#include "adapters/torq/bytes.hpp"

namespace torq {

/// CRC-32/ISO-HDLC, the one of zip and Ethernet, over pieces:
///
///     Crc32 crc;
///     crc.add(first);
///     crc.add(second);
///     crc.value();     // "123456789" gives 0xCBF43926
///
/// Thread-safety: a value. O(bytes), eight bytes a turn.
class Crc32 {
 public:
  void add(Bytes bytes) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFF;
};

}  // namespace torq
